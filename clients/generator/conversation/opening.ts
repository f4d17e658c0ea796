/** Opening steps: what is sent and expected, in order, before a connection counts as opened. Columns by slot. */
import type { Cause } from "../../measure/cause.ts";
import type { ConnectionValues } from "../../plan/values/connection-values.ts";
import { durationMs } from "../../scenario/duration.ts";
import type { Conversation } from "../../scenario/fields/conversation-schema.ts";
import type { Incoming } from "./incoming.ts";
import { describeMatcher, MessageMatcher } from "./message-matcher.ts";
import { Outgoing } from "./outgoing.ts";
import { Taking } from "./taking.ts";

interface Step {
  /** The step's own name, or "step 2". */
  name: string;
  send: Outgoing | null;
  expect: MessageMatcher | null;
  /** The expected message, described for error texts. */
  wanted: string;
  within: string;
  withinNs: number;
  taking: Taking;
}

/** The compiled steps of one conversation. */
export class OpeningSteps {
  readonly steps: readonly Step[];

  constructor(steps: NonNullable<Conversation["opening"]>, values: ConnectionValues) {
    this.steps = steps.map(({ name, send, expect, take, within }, index) => ({
      name: name ?? `step ${index + 1}`,
      send: send === undefined ? null : new Outgoing(send, values),
      expect: expect === undefined ? null : new MessageMatcher(expect, values),
      wanted: expect === undefined ? "" : describeMatcher(expect),
      within,
      withinNs: durationMs(within) * 1e6,
      taking: new Taking(take ?? {}, values),
    }));
  }
}

/**
 * When each transport stage ended, nanoseconds: connect started, TCP established, upgrade started (after TLS),
 * upgraded.
 */
export interface TransportInstants {
  startedNs: number;
  tcpNs: number;
  greetedNs: number;
  upgradedNs: number;
}

/** Tracks which opening step each connection waits in. */
export class Openings {
  readonly #stepsOf: (slot: number) => readonly Step[];
  /** The step a slot is in; -1 while it is not opening. */
  readonly #at: Int16Array;
  readonly #sinceNs: Float64Array;
  readonly #startedNs: Float64Array;
  readonly #tcpNs: Float64Array;
  readonly #greetedNs: Float64Array;
  readonly #upgradedNs: Float64Array;
  readonly #send: (slot: number, message: Outgoing) => void;
  #count = 0;

  constructor(
    slots: number,
    stepsOf: (slot: number) => OpeningSteps | null,
    send: (slot: number, message: Outgoing) => void,
  ) {
    this.#stepsOf = (slot) => stepsOf(slot)?.steps ?? [];
    this.#at = new Int16Array(slots).fill(-1);
    this.#sinceNs = new Float64Array(slots);
    this.#startedNs = new Float64Array(slots);
    this.#tcpNs = new Float64Array(slots);
    this.#greetedNs = new Float64Array(slots);
    this.#upgradedNs = new Float64Array(slots);
    this.#send = send;
  }

  isOpening(slot: number): boolean {
    return this.#at[slot]! >= 0;
  }

  /** When a slot's transport reached each of its stages. */
  instants(slot: number): TransportInstants {
    return {
      startedNs: this.#startedNs[slot]!,
      tcpNs: this.#tcpNs[slot]!,
      greetedNs: this.#greetedNs[slot]!,
      upgradedNs: this.#upgradedNs[slot]!,
    };
  }

  /**
   * The transport is ready: starts the opening steps. Returns true when none of them waits for a message, so the
   * connection is opened.
   */
  begin(slot: number, { startedNs, tcpNs, greetedNs, upgradedNs }: TransportInstants, nowNs: number): boolean {
    if (this.#stepsOf(slot).length === 0) return true;
    this.#startedNs[slot] = startedNs;
    this.#tcpNs[slot] = tcpNs;
    this.#greetedNs[slot] = greetedNs;
    this.#upgradedNs[slot] = upgradedNs;
    this.#at[slot] = 0;
    this.#count++;
    return this.#advance(slot, 0, nowNs);
  }

  /** Runs steps from `from` on until one waits for a message. Returns true when none is left. */
  #advance(slot: number, from: number, nowNs: number): boolean {
    const steps = this.#stepsOf(slot);
    for (let at = from; at < steps.length; at++) {
      const { send, expect } = steps[at]!;
      this.#at[slot] = at;
      this.#sinceNs[slot] = nowNs;
      if (send !== null) this.#send(slot, send);
      if (expect !== null) return false;
    }
    this.forget(slot);
    return true;
  }

  /**
   * Handles a message on a connection that is opening. `met`: the current step accepted it; `opened`: and it was the
   * last.
   */
  hear(slot: number, incoming: Incoming, nowNs: number): "ignored" | "met" | "opened" {
    const at = this.#at[slot]!;
    const step = this.#stepsOf(slot)[at];
    if (step?.expect == null || !step.expect.matches(incoming, slot)) return "ignored";
    step.taking.take(slot, incoming);
    return this.#advance(slot, at + 1, nowNs) ? "opened" : "met";
  }

  forget(slot: number): void {
    if (this.#at[slot]! < 0) return;
    this.#at[slot] = -1;
    this.#count--;
  }

  /**
   * Why a slot's opening failed, from the step it waits in: `counted` is the same for all connections that failed the
   * same way, `why` adds what the peer said.
   */
  failure(slot: number, cause: Cause, code: number, detail: string): { counted: string; why: string } {
    const { name = "step 1", wanted = "", within = "" } = this.#stepsOf(slot)[this.#at[slot]!] ?? {};
    if (cause === "opening-failed") {
      const counted = `${name}: no ${wanted} within ${within}`;
      return { counted, why: counted };
    }
    const ended = code === 0 ? cause : `${cause} ${code}`;
    const said = detail === "" ? "" : ` "${detail}"`;
    return { counted: `${name}: ${ended} before ${wanted}`, why: `${name}: ${ended}${said} before ${wanted}` };
  }

  /** Calls back with each slot whose current step timed out. */
  expire(nowNs: number, failed: (slot: number) => void): void {
    if (this.#count === 0) return;
    for (let slot = 0; slot < this.#at.length; slot++) {
      const at = this.#at[slot]!;
      if (at >= 0 && nowNs - this.#sinceNs[slot]! > this.#stepsOf(slot)[at]!.withinNs) failed(slot);
    }
  }
}
