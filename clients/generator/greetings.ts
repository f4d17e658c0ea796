/** What each connection says when it opens, filled from its values: path and query, headers, subprotocols, the first message. */
import type { CompileText } from "../connection/codec/mqtt/options.ts";
import type { EngineOptions, Greetings } from "../connection/engine.ts";
import type { ConnectionValues } from "../plan/values/connection-values.ts";
import type { Encoding, Template } from "../plan/values/template.ts";
import { isConstant, parseTemplate } from "../scenario/template.ts";

/** Null when all connections say the same, and no text needs reading as a template. */
export function makeGreetings(options: EngineOptions, values: ConnectionValues): Greetings | null {
  const { endpoints, headers, subprotocols, firstMessage } = options;
  const texts = [...endpoints.map(({ path }) => path), ...Object.values(headers), ...subprotocols, ...(firstMessage === null ? [] : [firstMessage])];
  return options.mqtt !== undefined || texts.some((text) => text.includes("{{")) ? new FilledGreetings(options, values) : null;
}

/** Texts of these values, filled in for a slot. */
export function slotTexts(values: ConnectionValues): CompileText {
  return (text) => {
    const template = values.template(text);
    return (slot) => {
      values.at(slot);
      return template.text();
    };
  };
}

class FilledGreetings implements Greetings {
  readonly subprotocols: Greetings["subprotocols"];
  readonly compile: CompileText;
  readonly #values: ConnectionValues;
  readonly #paths = new Map<string, Template>();
  readonly #headers: [string, Template][];
  readonly #firstMessage: Template | null;

  constructor({ endpoints, headers, subprotocols, firstMessage }: EngineOptions, values: ConnectionValues) {
    const compile = (text: string, encoding: Encoding = "raw"): Template => values.template(text, encoding);
    this.#values = values;
    this.compile = slotTexts(values);
    for (const { path } of endpoints) this.#paths.set(path, compile(path, "url"));
    this.#headers = Object.entries(headers).map(([name, text]) => [name, compile(text)]);
    this.#firstMessage = firstMessage === null ? null : compile(firstMessage);
    const offered = subprotocols.map((text) => compile(text));
    const areSame = subprotocols.every((text) => isConstant(parseTemplate(text)));
    this.subprotocols = areSame ? null : (slot) => offered.map((template) => this.#fill(template, slot));
  }

  #fill(template: Template, slot: number): string {
    this.#values.at(slot);
    return template.text();
  }

  path(slot: number, template: string): string {
    return this.#fill(this.#paths.get(template)!, slot);
  }

  headers(slot: number): Record<string, string> {
    return Object.fromEntries(this.#headers.map(([name, template]) => [name, this.#fill(template, slot)]));
  }

  firstMessage(slot: number): Uint8Array | null {
    this.#values.at(slot);
    return this.#firstMessage?.fill() ?? null;
  }
}
