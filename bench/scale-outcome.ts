/** What a large run is told and what it prints. */
import type { Report } from "../clients/report/model/report.ts";

export interface ScaleOrder {
  connections: number;
  shards: number;
  ports: number[];
  /** The pushers' processes. */
  pids: number[];
  /** CLOCK_MONOTONIC of the one burst. */
  tickAtNs: number;
  /** Kernel memory before the pushers began. */
  kernelBase: number;
}

interface Memory {
  rssMiB: number;
  pssMiB: number;
}

export interface ScaleOutcome {
  connections: Report["connections"];
  pushes: Report["pushes"];
  rampMs: number;
  /** The shard processes before their first connection. */
  shardBase: Memory;
  /** All open, nothing pushed; null when the ramp took until the tick. */
  rest: {
    seconds: number;
    /** 100 is one CPU. */
    generatorCpuPercent: number;
    targetCpuPercent: number;
    generator: Memory;
    target: Memory;
    kernelMiB: number;
    coordinatorRssMiB: number;
  } | null;
  /**
   * From the tick to the last push's receive stamp; the longest any push then waited for our reading; CPU of the
   * shards.
   */
  burst: { pushMaxMs: number; deliveryP99Ms: number; gapMaxMs: number; usPerPush: number };
  notes: string[];
}
