/**
 * What each connection sends when it opens, filled in from its values: path and query, headers, subprotocols, first
 * message.
 */
import type { LastEvents } from "../connection/codec/last-events.ts";
import type { CompileText } from "../connection/codec/mqtt/options.ts";
import type { EngineOptions, Greetings } from "../connection/engine.ts";
import { type HeaderFields, mergedFields } from "../connection/header-fields.ts";
import type { GroupPlan } from "../plan/conversation-plan.ts";
import type { ConnectionValues } from "../plan/values/connection-values.ts";
import type { Encoding, Template } from "../plan/values/template.ts";
import { isConstant, parseTemplate } from "../scenario/template.ts";
import type { SlotGroups } from "./conversation/slot-groups.ts";

const saysItsOwn = ({ path, headers, subprotocols }: GroupPlan): boolean =>
  path !== undefined || headers !== undefined || subprotocols !== undefined;

/** Null when all connections send the same and nothing contains a template. */
export function makeGreetings(
  options: EngineOptions,
  values: ConnectionValues,
  groups: readonly GroupPlan[],
  ofSlots: SlotGroups | null,
  lastEvents: LastEvents | null,
): Greetings | null {
  const { endpoints, headers, subprotocols, firstMessage, tls } = options;
  const texts = [
    ...[tls.certificate ?? "", tls.key ?? ""],
    ...endpoints.map(({ path }) => path),
    ...Object.values(headers).flat(),
    ...subprotocols,
    ...(firstMessage === null ? [] : [firstMessage]),
  ];
  const isNeeded =
    lastEvents !== null ||
    options.mqtt !== undefined ||
    texts.some((text) => text.includes("{{")) ||
    groups.some(saysItsOwn);
  return isNeeded ? new FilledGreetings(options, values, groups, ofSlots, lastEvents) : null;
}

/** Compiles texts whose templates are filled in for each slot. */
export function slotTexts(values: ConnectionValues): CompileText {
  return (text) => {
    const template = values.template(text);
    return (slot) => {
      values.at(slot);
      return template.text();
    };
  };
}

interface GroupWords {
  /** Null: the endpoint's own path. */
  path: Template | null;
  headers: [string, Template[]][];
  offered: Template[];
  topics: Template[];
}

class FilledGreetings implements Greetings {
  readonly subprotocols: Greetings["subprotocols"];
  readonly compile: CompileText;
  readonly #values: ConnectionValues;
  readonly #paths = new Map<string, Template>();
  readonly topics: NonNullable<Greetings["topics"]> | null;
  readonly #words: GroupWords[];
  readonly #ofSlots: SlotGroups | null;
  readonly #firstMessage: Template | null;
  readonly lastEvents: LastEvents | null;

  constructor(
    options: EngineOptions,
    values: ConnectionValues,
    groups: readonly GroupPlan[],
    ofSlots: SlotGroups | null,
    lastEvents: LastEvents | null,
  ) {
    const { endpoints, headers, subprotocols, firstMessage, mqtt } = options;
    const compile = (text: string, encoding: Encoding = "raw"): Template => values.template(text, encoding);
    this.#values = values;
    this.compile = slotTexts(values);
    this.#ofSlots = ofSlots;
    this.lastEvents = lastEvents;
    for (const { path } of endpoints) this.#paths.set(path, compile(path, "url"));
    const own: Partial<GroupPlan>[] = groups.length > 0 ? [...groups] : [{}];
    this.#words = own.map((group) => ({
      path: group.path === undefined ? null : compile(group.path, "url"),
      headers: Object.entries({ ...headers, ...group.headers }).map(([name, texts]) => [
        name,
        [texts].flat().map((text) => compile(text)),
      ]),
      offered: (group.subprotocols ?? subprotocols).map((text) => compile(text)),
      topics: (group.topics ?? mqtt?.topics ?? []).map((text) => compile(text)),
    }));
    this.#firstMessage = firstMessage === null ? null : compile(firstMessage);
    const areSame =
      own.every((group) => group.subprotocols === undefined) &&
      subprotocols.every((text) => isConstant(parseTemplate(text)));
    this.subprotocols = areSame
      ? null
      : (slot) => this.#wordsOf(slot).offered.map((template) => this.#fill(template, slot));
    const subscribesAlike = own.every((group) => group.topics === undefined);
    this.topics = subscribesAlike
      ? null
      : (slot) => this.#wordsOf(slot).topics.map((template) => this.#fill(template, slot));
  }

  #wordsOf(slot: number): GroupWords {
    return this.#words[this.#ofSlots?.ofSlot[slot] ?? 0]!;
  }

  #fill(template: Template, slot: number): string {
    this.#values.at(slot);
    return template.text();
  }

  path(slot: number, template: string): string {
    return this.#fill(this.#wordsOf(slot).path ?? this.#paths.get(template)!, slot);
  }

  headers(slot: number): HeaderFields {
    const own = Object.fromEntries(
      this.#wordsOf(slot).headers.map(([name, templates]) => [
        name,
        templates.map((template) => this.#fill(template, slot)),
      ]),
    );
    const lastId = this.lastEvents?.say(slot) ?? "";
    return lastId === "" ? own : Object.fromEntries(mergedFields(own, { "last-event-id": lastId }));
  }

  firstMessage(slot: number): Uint8Array | null {
    this.#values.at(slot);
    return this.#firstMessage?.fill() ?? null;
  }
}
