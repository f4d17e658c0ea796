import type { FactFields } from "../account.ts";
import { monotonicNs } from "../clock.ts";
import type { AnswerSlot } from "../http/conversation.ts";
import { type Delivery, encodeAnswer, type HttpAnswer, wholeDelivery } from "../http/http-answer.ts";
import type { HttpRequest } from "../http/http-request.ts";
import { named, type Stage } from "../stage.ts";
import { Totals } from "../totals.ts";
import { amountMs } from "./amount.ts";
import type { Kind } from "./kinds.ts";
import type { Rule } from "./rules.ts";

const httpKinds = [
  "http.delay",
  "http.stall",
  "http.status",
  "http.chunked",
  "http.truncate",
  "http.malformed",
  "http.close-after",
  "http.wrong-json",
] as const satisfies readonly Kind[];
type HttpRule = { readonly [K in (typeof httpKinds)[number]]: Rule<K> }[(typeof httpKinds)[number]];

/** A response ready to send: when, its bytes, and whether the connection ends after it. */
export interface Outcome {
  readonly atNs: number;
  readonly bytes: Buffer;
  readonly isLast: boolean;
  /** Records the response in the account, if the script asks for it; called with the instant before the write. */
  readonly written: ((beforeNs: number) => void) | undefined;
}

interface Draft {
  answer: HttpAnswer;
  delivery: Delivery;
  isLast: boolean;
  delayMs: number;
  notBeforeNs: number;
}

/**
 * Applies the script's faults to the responses of `/` and `/user/{id}`. Requests are counted over all connections, from
 * 0.
 */
export class HttpFaults {
  readonly #stage: Stage;
  readonly #rules: readonly HttpRule[];
  /** Rules that start with a later request. */
  #awaited: HttpRule[];

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#rules = stage.rules.of(...httpKinds) as unknown as HttpRule[];
    this.#awaited = this.#rules.filter(({ whenRequests }) => whenRequests > 0);
  }

  /** Turns the correct response into what is sent. `order`: the request's number on its connection, from 0. */
  outcome(
    answer: HttpAnswer,
    { path, keepsAlive }: HttpRequest,
    { order, peer }: Pick<AnswerSlot, "order" | "peer">,
  ): Outcome {
    const index = this.#stage.totals.requests++;
    const nowNs = monotonicNs();
    if (this.#awaited.length > 0) this.#reached(nowNs);
    const draft: Draft = {
      answer,
      delivery: { ...wholeDelivery, keepsAlive },
      isLast: !keepsAlive,
      delayMs: 0,
      notBeforeNs: 0,
    };
    for (const rule of this.#rules) {
      const wave = rule.waveAt(nowNs);
      if (
        wave < 0 ||
        !rule.strikes({ index, rank: this.#stage.totals.open }, 0) ||
        !this.#apply(rule, index, order, wave, draft)
      )
        continue;
      Totals.count(this.#stage.totals.requestFaults, rule.fault.kind);
      const isCountedOnly = rule.fault.kind === "http.delay" || rule.fault.kind === "http.chunked";
      if (!isCountedOnly)
        this.#stage.account.note("request-fault", { request: index, ...named(rule), status: draft.answer.status });
    }
    const atNs = Math.max(nowNs + draft.delayMs * 1e6, draft.notBeforeNs);
    return {
      atNs,
      bytes: encodeAnswer(draft.answer, draft.delivery),
      isLast: draft.isLast,
      written: this.#teller({ request: index, peer, path, readNs: String(nowNs) }),
    };
  }

  #reached(nowNs: number): void {
    const { totals, rules, account } = this.#stage;
    for (const rule of rules.reached(totals.open, totals.requests, nowNs))
      account.note("begun", { ...named(rule), requests: totals.requests });
    this.#awaited = this.#awaited.filter(({ originNs }) => originNs === null);
  }

  /** Returns the function that records a response for a request read now; the fact's own time is after the write. */
  #teller(fields: FactFields): Outcome["written"] {
    if (!this.#stage.script.answers) return undefined;
    return (beforeNs) => this.#stage.account.note("answered", { ...fields, beforeNs: String(beforeNs) });
  }

  /** Returns whether the rule affected this request. */
  #apply(rule: HttpRule, index: number, order: number, wave: number, draft: Draft): boolean {
    const { fault } = rule;
    switch (fault.kind) {
      case "http.delay":
        draft.delayMs += amountMs(fault, rule.draw(index, 0));
        return true;
      case "http.stall":
        draft.notBeforeNs = Math.max(draft.notBeforeNs, (rule.waveNs(wave) ?? 0) + fault.ms * 1e6);
        return true;
      case "http.status": {
        const status = statusFor(fault.statuses, rule.draw(index, 0));
        if (status === null) return false;
        draft.answer = { status, type: "application/json", body: `{"error":"status ${status} by the fault script"}` };
        return true;
      }
      case "http.chunked":
        draft.delivery = { ...draft.delivery, chunkBytes: fault.bytesPerChunk ?? 16 };
        return true;
      case "http.truncate":
        draft.delivery = { ...draft.delivery, truncateAt: fault.bytes ?? Math.floor(draft.answer.body.length / 2) };
        draft.isLast = true;
        return true;
      case "http.malformed":
        draft.delivery = { ...draft.delivery, isMalformed: true };
        draft.isLast = true;
        return true;
      case "http.close-after":
        if (order + 1 < fault.requests) return false;
        draft.isLast = true;
        return true;
      case "http.wrong-json":
        draft.answer = { ...draft.answer, body: draft.answer.body.slice(0, -1) };
        return true;
    }
  }
}

/** The status selected by a u32 random number; null when it is outside the shares, so the response is unchanged. */
export function statusFor(
  statuses: readonly { readonly status: number; readonly share: number }[],
  draw: number,
): number | null {
  let rest = draw / 0x1_0000_0000;
  for (const { status, share } of statuses) {
    rest -= share;
    if (rest < 0) return status;
  }
  return null;
}
