/** One second of a run, as sent to the live page and other readers of the stream. */

import type { Interval } from "../../../clients/report/model/interval.ts";
import type { LimitResult, Report } from "../../../clients/report/model/report.ts";
import type { Snapshot } from "../../../clients/run/coordinate/observer.ts";

export interface LiveTick {
  phase: string;
  interval: Interval;
  /** Causes with a code so far: "close-frame:1012". */
  byCode: Record<string, number>;
  /** Over the whole run so far. */
  latencyMs: Report["latencyMs"];
  limits: LimitResult[];
  shards: {
    shard: number;
    state: string;
    cpuSeconds: number;
    rssMiB: number;
    fds: number;
    maxFds: number;
    loopDelayMs: number;
  }[];
}

export function liveTick({ phase, interval, shards, report }: Snapshot): LiveTick {
  return {
    phase,
    interval,
    byCode: report.connections.byCode,
    latencyMs: report.latencyMs,
    limits: report.limits,
    shards: shards.map(({ state, vitals }, shard) => {
      const { cpuSeconds, rssMiB, fds, maxFds, loopDelayMs } = vitals ?? {
        cpuSeconds: 0,
        rssMiB: 0,
        fds: 0,
        maxFds: 0,
        loopDelayMs: 0,
      };
      return { shard, state, cpuSeconds, rssMiB, fds, maxFds, loopDelayMs };
    }),
  };
}

/** A tick from an interval stored in the folder of a finished run. */
export function tickOfInterval(interval: Interval, report: Report): LiveTick {
  return {
    phase: interval.phase,
    interval,
    byCode: interval.connections.byCode,
    latencyMs: report.latencyMs,
    limits: report.limits,
    shards: [],
  };
}
