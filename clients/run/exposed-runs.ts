/** Watches runs and keeps each as the Prometheus page shows it. */
import { Tally } from "../measure/tally.ts";
import { capacityOf } from "../report/capacity-block.ts";
import type { ExposedRun } from "../report/exposed-run.ts";
import type { Phase } from "../report/metric-names.ts";
import { exposedVariants } from "../report/pipeline-figures.ts";
import type { Report } from "../report/report.ts";
import type { RunObserver, Snapshot } from "./observer.ts";

/** A finished run is dropped this long after its end: scrapes have seen its last figures by then. */
const keepEndedMs = 120_000;

export class ExposedRuns {
  readonly #runs = new Map<string, ExposedRun>();

  /** The runs to show now. */
  list(): ExposedRun[] {
    const nowMs = Date.now();
    for (const [run, { endedAtMs }] of this.#runs) if (endedAtMs !== null && nowMs - endedAtMs > keepEndedMs) this.#runs.delete(run);
    return [...this.#runs.values()];
  }

  /** A watcher for one run. */
  observer(): RunObserver {
    let run = "";
    const update = (change: Partial<ExposedRun>): void => {
      const before = this.#runs.get(run);
      if (before !== undefined) this.#runs.set(run, { ...before, ...change });
    };
    return {
      begun: (report) => {
        run = report.run;
        this.#runs.set(run, startOf(report));
      },
      phase: (phase: Phase) => {
        const phases = this.#runs.get(run)?.phases ?? [];
        update({ phase, phases: [...phases, { phase, startedAtMs: Date.now() }] });
      },
      snapshot: (snapshot) => update(changeOf(snapshot, this.#runs.get(run))),
      ended: (report) => update({ verdict: report.verdict, phase: "done", endedAtMs: Date.now(), limits: limitsOf(report), bounds: boundsOf(report) }),
    };
  }
}

function startOf(report: Report): ExposedRun {
  const { run, kind, target, protocol, engine, clock, host } = report;
  return {
    run,
    kind,
    target: target.name,
    runtime: target.version.split(",")[0] ?? "",
    protocol,
    engine,
    clock,
    version: host.holdfast,
    phase: "prepare",
    phases: [{ phase: "prepare", startedAtMs: Date.now() }],
    limits: limitsOf(report),
    verdict: null,
    planned: report.connections.planned,
    tally: new Tally(),
    measuresPushes: report.pushes !== null,
    shards: [],
    targetUsage: [],
    quantiles: { last: null, run: null },
    requests: null,
    variants: [],
    bounds: null,
    endedAtMs: null,
  };
}

/** Of a capacity search, so far. */
function boundsOf(report: Report): ExposedRun["bounds"] {
  const capacity = capacityOf(report);
  return capacity === null ? null : { lower: capacity.lower, upper: capacity.upper };
}

const limitsOf = (report: Report): ExposedRun["limits"] => report.limits.map(({ limit, ok }) => ({ limit, ok }));

function changeOf({ phase, interval, total, shards, replicas, report }: Snapshot, before: ExposedRun | undefined): Partial<ExposedRun> {
  const { requests } = interval;
  return {
    phase,
    tally: total,
    limits: limitsOf(report),
    bounds: boundsOf(report),
    planned: report.connections.planned,
    measuresPushes: report.pushes !== null,
    shards: shards.map(({ tally, vitals }, shard) => ({ shard, vitals, unstampedReads: tally.counts.unstampedReads, sharedStamps: tally.counts.sharedStamps })),
    targetUsage: replicas.map(({ rssMiB, cpuSeconds, fds, threads }, replica) => ({ replica, rssMiB, cpuSeconds, fds, threads })),
    quantiles: { last: interval.latencyMs.push ?? before?.quantiles.last ?? null, run: report.latencyMs.push ?? null },
    variants: exposedVariants(report),
    requests: requests === undefined ? null : { byStatusClass: requests.byStatusClass, byCause: requests.byCause, users: null },
  };
}
