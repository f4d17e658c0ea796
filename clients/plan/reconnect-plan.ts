/** When a client that lost its connection tries again: by cause, ever more slowly, with chance. Pure. */
import { type Cause, causes } from "../measure/cause.ts";
import { durationMs } from "../scenario/duration.ts";
import { type ReconnectBlock, type ReconnectCause, reconnectCauses } from "../scenario/fields/reconnect-fields.ts";

/** The longest wait that back-off leads to, milliseconds; a first wait beyond it stays as it is. */
export const mostBackoffMs = 30_000;

/** What one cause is answered by. */
export interface ReconnectRule {
  afterMs: number;
  /** By which the wait grows with each attempt in a row. */
  factor: number;
  /** Share of the wait that is left to chance. */
  jitter: number;
  /** Attempts in a row before the client gives up. */
  retries: number;
}

/** The rule of each cause a client may come back from. */
export type ReconnectPlan = Readonly<Record<ReconnectCause, ReconnectRule>>;

export function planReconnect(block: ReconnectBlock): ReconnectPlan {
  const ruleOf = (cause: ReconnectCause): ReconnectRule => {
    const own = block.causes?.[cause];
    return {
      afterMs: durationMs(own?.after ?? block.after),
      factor: own?.backoff ?? block.backoff,
      jitter: own?.jitter ?? block.jitter,
      retries: own?.retries ?? block.retries,
    };
  };
  return Object.fromEntries(reconnectCauses.map((cause) => [cause, ruleOf(cause)])) as Record<
    ReconnectCause,
    ReconnectRule
  >;
}

/** The rule for an end or a refusal by this cause; null for those that are ours. */
export function reconnectRule(plan: ReconnectPlan, cause: Cause): ReconnectRule | null {
  return causes[cause].stage === "ours" || cause === "generator-died" ? null : plan[cause as ReconnectCause];
}

/** Milliseconds until attempt number `attempt` in a row, from 1. `chance`: 0 to 1. */
export function reconnectWaitMs({ afterMs, factor, jitter }: ReconnectRule, attempt: number, chance: number): number {
  const grownMs = Math.min(Math.max(mostBackoffMs, afterMs), afterMs * factor ** (attempt - 1));
  return grownMs * (1 - jitter * chance);
}
