/**
 * Clients that came back by the reconnect policy: how many absences there were, how each ended, and how well the load
 * stayed at plan.
 */
import { formatShare, notMeasured } from "../model/format.ts";
import type { Report } from "../model/report.ts";
import { type Block, count } from "./block.ts";
import { causeLine } from "./storm.ts";

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

/** Null for a run whose clients do not come back. */
export function reconnectBlock({ reconnect }: Report): Block | null {
  if (reconnect === undefined) return null;
  const { absences, back, gaveUp, stillAway, awayMs, refusedByCause, pushesMissed, openShare } = reconnect;
  return {
    id: "reconnect",
    title: "Reconnects",
    equations: [
      {
        of: "absences",
        what: "begun",
        total: absences,
        parts: [
          [back, "back"],
          [gaveUp, "gave up"],
          [stillAway, "still away at the end"],
        ],
      },
    ],
    facts: [
      [
        "away for",
        awayMs === null
          ? "no client came back"
          : `half ${seconds(awayMs.p50)}, 99 % ${seconds(awayMs.p99)}, longest ${seconds(awayMs.max)}`,
      ],
      ["refused", causeLine(refusedByCause)],
      ["missed", `${count(pushesMissed)} pushes came due while they were away (in no other figure)`],
      [
        "open in the hold",
        openShare === null
          ? notMeasured
          : `${formatShare(openShare.mean)} of the plan in the mean, ${formatShare(openShare.least)} in the worst second`,
      ],
    ],
  };
}
