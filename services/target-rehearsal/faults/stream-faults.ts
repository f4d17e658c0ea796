import { amountMs } from "./amount.ts";
import type { Kind } from "./kinds.ts";
import type { Rule, Rules } from "./rules.ts";

const streamKinds = [
  "stream.reject",
  "stream.slow-start",
  "stream.stall",
  "stream.burst",
  "stream.cut",
  "stream.error",
] as const satisfies readonly Kind[];
type StreamRule = { readonly [K in (typeof streamKinds)[number]]: Rule<K> }[(typeof streamKinds)[number]];

/** The combined effect of all faults on one stream. */
export interface StreamCourse {
  /** The faults that affect it, in script order. */
  readonly struck: readonly StreamRule[];
  /** Respond with this status instead. */
  readonly reject: Rule<"stream.reject"> | null;
  readonly headDelayMs: number;
  readonly stalls: readonly Rule<"stream.stall">[];
  /** Events per write. */
  readonly burst: number;
  /** The first fault that ends it before its end mark. */
  readonly stop: Rule<"stream.cut"> | Rule<"stream.error"> | null;
}

/** The faults of `POST /stream`. */
export class StreamFaults {
  readonly #rules: readonly StreamRule[];

  constructor(rules: Rules) {
    this.#rules = rules.of(...streamKinds) as unknown as StreamRule[];
  }

  courseOf(index: number, nowNs: number): StreamCourse {
    const struck = this.#rules.filter((rule) => rule.waveAt(nowNs) >= 0 && rule.strikes({ index, rank: 0 }, 0));
    const of = <K extends Kind>(kind: K): Rule<K>[] =>
      struck.filter(({ fault }) => fault.kind === kind) as unknown as Rule<K>[];
    const stops = struck.filter(({ fault }) => fault.kind === "stream.cut" || fault.kind === "stream.error");
    return {
      struck,
      reject: of("stream.reject")[0] ?? null,
      headDelayMs: of("stream.slow-start").reduce((sum, rule) => sum + amountMs(rule.fault, rule.draw(index, 0)), 0),
      stalls: of("stream.stall"),
      burst: of("stream.burst")[0]?.fault.events ?? 1,
      stop: (stops[0] as StreamCourse["stop"]) ?? null,
    };
  }
}
