/**
 * Ends a run before its planned end: because a limit was missed, or on request of the code that runs it. Checked once a
 * second.
 */

import type { LimitResult } from "../../report/model/report.ts";
import type { StoppedEarly } from "../../report/model/schema/connection-blocks.ts";
import { parseLimit, wantedText } from "../../scenario/limit.ts";

/** What a stop rule sees each second. */
export interface SecondSoFar {
  /** Milliseconds since the run's start. */
  atMs: number;
  limits: readonly LimitResult[];
  connections: { planned: number; attempted: number; open: number; refused: number; closedUnexpectedly: number };
}

/** Returns why the run ends now; null to continue. */
export type StopRule = (second: SecondSoFar) => StoppedEarly | null;

/** The rule for a scenario's limits; null where none may end the run. */
export function stopRuleOf(limits: readonly string[] | undefined): StopRule | null {
  const stopping = (limits ?? []).map(parseLimit).filter(({ abortAfterMs }) => abortAfterMs !== undefined);
  if (stopping.length === 0) return null;
  return ({ atMs, limits: results }) => {
    for (const { figure, atMost, atLeast, abortAfterMs = 0 } of stopping) {
      if (atMs < abortAfterMs) continue;
      // Figures not measured yet are ignored.
      const missed = results.find(
        (result) => result.limit === figure && result.atMost === atMost && result.atLeast === atLeast && !result.ok,
      );
      if (missed === undefined || missed.measured === null) continue;
      const text = `stopped ${(atMs / 1000).toFixed(1)} s after its start: ${figure} was ${Number(missed.measured.toPrecision(4))}, expected ${wantedText({ atMost, atLeast })}, and this limit stops the run`;
      return { limit: figure, atMs, text };
    }
    return null;
  };
}
