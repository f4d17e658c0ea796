import type { Reason, Report } from "../report.ts";
import type { StoppedEarly } from "../schema/connection-blocks.ts";

/** What the verdict is made from: the figures of a report. */
export type Measured = Pick<Report, "clock" | "connections" | "pushes" | "latencyMs" | "usage" | "trust"> & {
  clockFaults: { foreignPushes: number; missedStarts: number };
  target: { name: string };
  timing?: Pick<Report["timing"], "rampMs" | "heldMs">;
  /** Processes of the target that ended by themselves, whenever that was. */
  replicasEnded?: number;
  /**
   * A `push.stamp` that names a place: the messages that had a stamp there, and the first that had none. Absent: none
   * is named.
   */
  stamp?: { named: string; messages: number; carried: number; seen: string } | undefined;
  /** The same of a `push.sequence`. Absent: none is named. */
  sequence?: { named: string; messages: number; carried: number; seen: string } | undefined;
  /** What the run's kind planned and did not apply. */
  unapplied?: Reason[];
  /** A limit ended the run: what it planned beyond that is explained by it. */
  stoppedEarly?: StoppedEarly | undefined;
  /** Of the unexpected closes those that the scenario provoked: slow readers dropped, a storm by the target. */
  excusedCloses?: number;
  extra?: Record<string, number | null>;
};
