/**
 * Clients that came back by the reconnect policy: how many absences there were, how each ended, and how well the load
 * stayed at plan.
 */
import { formatShare, notMeasured } from "../model/format.ts";
import type { Report } from "../model/report.ts";
import { type Block, count, type Equation } from "./block.ts";
import { causeLine } from "./storm.ts";

type EventSource = NonNullable<NonNullable<Report["reconnect"]>["eventSource"]>;

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

/** Null for a run whose clients do not come back. */
export function reconnectBlock({ reconnect }: Report): Block | null {
  if (reconnect === undefined) return null;
  const { absences, back, gaveUp, stillAway, awayMs, refusedByCause, pushesMissed, openShare, eventSource } = reconnect;
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
          ...(eventSource === undefined ? [] : ([[eventSource.stopped, "told not to reconnect (204)"]] as const)),
          [stillAway, "still disconnected at the end"],
        ],
      },
      ...(eventSource === undefined ? [] : eventEquations(eventSource)),
    ],
    facts: [
      [
        "away for",
        awayMs === null
          ? "no client reconnected"
          : `half ${seconds(awayMs.p50)}, 99 % ${seconds(awayMs.p99)}, longest ${seconds(awayMs.max)}`,
      ],
      ["refused", causeLine(refusedByCause)],
      [
        "missed",
        `${count(pushesMissed)} pushes came due while they were disconnected (excluded from all other figures)`,
      ],
      [
        "open in the hold",
        openShare === null
          ? notMeasured
          : `${formatShare(openShare.mean)} of the planned connections on average, ${formatShare(openShare.least)} in the worst second`,
      ],
    ],
  };
}

/** Where clients of event streams went on, and what of the numbered events came. */
function eventEquations({ withId, events, ...by }: EventSource): Equation[] {
  const { received, lost, lostAway, repeated } = events;
  return [
    {
      of: "returns",
      what: "with Last-Event-ID",
      total: withId,
      parts: [
        [by.resumed, "resumed with the next event"],
        [by.skipped, "skipped events"],
        [by.repeated, "repeated some"],
        [by.unnumbered, "without numbers"],
        [by.waiting, "without an event"],
      ],
    },
    {
      of: "numbered events",
      what: "sent to clients",
      total: received + lost,
      parts: [
        [received, "received"],
        [lost, "lost"],
      ],
      rest: `: ${count(lostAway)} of the lost during absences; ${count(repeated)} repeated`,
    },
  ];
}
