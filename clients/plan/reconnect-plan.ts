/** When a client that lost its connection reconnects: by cause, with exponential backoff and jitter. Pure. */
import { type Cause, isClosedByGenerator } from "../measure/cause.ts";
import { durationMs } from "../scenario/duration.ts";
import type { ReconnectBlock } from "../scenario/fields/reconnect-fields.ts";
import { type ReconnectCause, reconnectCauses } from "../scenario/reconnect-causes.ts";

/** Longest delay that backoff leads to, milliseconds; a longer first delay is kept as it is. */
export const mostBackoffMs = 30_000;

/** The reaction to one cause. */
export interface ReconnectRule {
  afterMs: number;
  /** Factor by which the delay grows with each consecutive attempt. */
  factor: number;
  /** Share of the delay that is random, 0 to 1. */
  jitter: number;
  /** Consecutive attempts before the client gives up. */
  retries: number;
}

/** The rule for each cause after which a client may reconnect. */
export type ReconnectPlan = Readonly<Record<ReconnectCause, ReconnectRule>>;

export function planReconnect(block: Omit<ReconnectBlock, "eventSource">): ReconnectPlan {
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

/** The rule for a lost or refused connection with this cause; null when the generator caused it. */
export function reconnectRule(plan: ReconnectPlan, cause: Cause): ReconnectRule | null {
  return isClosedByGenerator(cause) || cause === "generator-died" ? null : plan[cause as ReconnectCause];
}

/** Delay before consecutive attempt number `attempt` (from 1), milliseconds. `chance`: 0 to 1. */
export function reconnectWaitMs({ afterMs, factor, jitter }: ReconnectRule, attempt: number, chance: number): number {
  const grownMs = Math.min(Math.max(mostBackoffMs, afterMs), afterMs * factor ** (attempt - 1));
  return grownMs * (1 - jitter * chance);
}
