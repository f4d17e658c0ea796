/**
 * Observers of a run: its folder, the status line, the metrics page, the control service. An observer never blocks the
 * run.
 */

import type { ConnectionEvent } from "../../generator/plan.ts";
import type { ConversationTimes } from "../../measure/conversation-tally.ts";
import type { TreeSample } from "../../measure/host/process-tree.ts";
import type { Phase } from "../../measure/phase.ts";
import type { Tally } from "../../measure/tally.ts";
import type { Interval } from "../../report/model/interval.ts";
import type { Report } from "../../report/model/report.ts";
import type { ShardAccount } from "./totals.ts";

/** One second of a run. */
export interface Snapshot {
  run: string;
  phase: Phase;
  interval: Interval;
  /** Totals so far. */
  total: Tally;
  shards: readonly ShardAccount[];
  /** The target's process trees, as last sampled. */
  replicas: readonly TreeSample[];
  /** The report as it would be if the run ended now. */
  report: Report;
  /** Conversation latencies: round trips by name, deliveries by publishing group. Absent without conversations. */
  conversationTimes?: ConversationTimes;
}

export interface RunObserver {
  /** The run has an id and a target; nothing has been dialled yet. */
  begun?(report: Report): void;
  /** `stage`: from 1, where the load changes in stages. */
  phase?(phase: Phase, atMs: number, stage?: number): void;
  snapshot?(snapshot: Snapshot): void;
  /** Connection events, with times in milliseconds since the start. */
  events?(events: readonly TimedEvent[]): void;
  ended?(report: Report): void;
}

/** A line of events.ndjson. */
export type TimedEvent = Omit<ConnectionEvent, "atNs"> & { atMs: number };

/** Notifies every observer, even if some fail. Returns the failures in order. */
export function tellEach(observers: readonly RunObserver[], tell: (observer: RunObserver) => void): unknown[] {
  return observers.flatMap((observer) => {
    try {
      tell(observer);
      return [];
    } catch (error) {
      return [error];
    }
  });
}

/** Like {@link tellEach}, but throws the first failure once all have been notified. */
export function tellAll(observers: readonly RunObserver[], tell: (observer: RunObserver) => void): void {
  const failures = tellEach(observers, tell);
  if (failures.length > 0) throw failures[0];
}
