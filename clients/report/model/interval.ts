import type { LatencyBuckets } from "../../measure/histogram/bucket-counts.ts";
import type { ConnectionCounts, LatencyMs, PushCounts } from "./report.ts";

/**
 * One second of a run: a line of intervals.ndjson. Counts are totals since the start; latencies are of this second
 * alone.
 */
export interface Interval {
  atMs: number;
  phase: string;
  /** Counted from 1; absent where the load is one level. */
  stage?: number;
  /**
   * `away`: lost or refused, to come back by the reconnect policy or given up by it; absent without one. `level`: how
   * many are to be open now, where that is not `planned` throughout.
   */
  connections: {
    open: number;
    connecting: number;
    closing: number;
    backoff: number;
    away?: number;
    level?: number;
  } & Omit<ConnectionCounts, "peak">;
  pushes: PushCounts | null;
  latencyMs: LatencyMs;
  /**
   * The distribution of this second's pushes, requests and first events over `histogramBoundsSeconds`; absent where
   * there were none.
   */
  buckets?: LatencyBuckets;
  usage: {
    target: { rssMiB: number; pssMiB?: number; cpu: number; fds: number; threads: number } | null;
    generator: { rssMiB: number; cpu: number; fds: number; loopDelayMs: number };
  };
  unstampedReads: number;
  sharedStamps: number;
  bytesReceived: number;
  requests?: {
    sent: number;
    ok: number;
    failed: number;
    byCause: Record<string, number>;
    byStatusClass: Record<string, number>;
  };
  /** Where requests are answered by streams: how many are under way, and the events of all so far. */
  streams?: { underWay: number; events: number; eventsTogether: number };
}
