/**
 * Who watches a run: its folder, the status line, the metrics page, the control service. A watcher never holds a run
 * up.
 */

import type { ConnectionEvent } from "../../generator/plan.ts";
import type { ConversationTimes } from "../../measure/conversation-tally.ts";
import type { TreeSample } from "../../measure/host/process-tree.ts";
import type { Phase } from "../../measure/phase.ts";
import type { Tally } from "../../measure/tally.ts";
import type { Interval } from "../../report/model/interval.ts";
import type { Report } from "../../report/model/report.ts";
import type { ShardBook } from "./totals.ts";

/** A second of a run, for watchers. */
export interface Snapshot {
  run: string;
  phase: Phase;
  interval: Interval;
  /** Everything so far. */
  total: Tally;
  shards: readonly ShardBook[];
  /** The target's process trees, as last sampled. */
  replicas: readonly TreeSample[];
  /** The report as it would read if the run ended now. */
  report: Report;
  /**
   * Times of conversations: round trips by name, deliveries by the group that publishes. Absent where nothing is said.
   */
  conversationTimes?: ConversationTimes;
}

export interface RunObserver {
  /** The run has an id and a target; nothing is dialled yet. */
  begun?(report: Report): void;
  /** `stage`: from 1, where the load goes up and down. */
  phase?(phase: Phase, atMs: number, stage?: number): void;
  snapshot?(snapshot: Snapshot): void;
  /** Events of connections, times since the start in milliseconds. */
  events?(events: readonly TimedEvent[]): void;
  ended?(report: Report): void;
}

/** A line of events.ndjson. */
export type TimedEvent = Omit<ConnectionEvent, "atNs"> & { atMs: number };

/** Tells every watcher something: one that fails keeps it from none of the others. What failed, in order. */
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

/** The same where a failure ends the run: the first one is thrown once all have heard. */
export function tellAll(observers: readonly RunObserver[], tell: (observer: RunObserver) => void): void {
  const failures = tellEach(observers, tell);
  if (failures.length > 0) throw failures[0];
}
