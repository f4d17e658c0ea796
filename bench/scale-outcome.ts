/** Input and output of a large run. */
import type { Report } from "../clients/report/model/report.ts";

export interface ScaleOrder {
  connections: number;
  shards: number;
  ports: number[];
  /** The pushers' processes. */
  pids: number[];
  /** CLOCK_MONOTONIC of the single burst. */
  tickAtNs: number;
  /** Kernel memory before the pushers started. */
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
  /** All open, nothing pushed; null when the ramp lasted until the tick. */
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
  /** From the tick to the last push's receive stamp; the longest delay before any push was read; CPU of the shards. */
  burst: { pushMaxMs: number; deliveryP99Ms: number; gapMaxMs: number; usPerPush: number };
  notes: string[];
}
