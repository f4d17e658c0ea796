/** Observes runs and keeps each as exposed to Prometheus. */

import type { Phase } from "../measure/phase.ts";
import { Tally } from "../measure/tally.ts";
import type { Report } from "../report/model/report.ts";
import { capacityOf } from "../report/model/schema/capacity-block.ts";
import type { RunObserver, Snapshot } from "../run/coordinate/observer.ts";
import { varied } from "../scenario/varied.ts";
import type { ExposedRun } from "./exposed-run.ts";
import { exposedVariants } from "./exposed-run.ts";

/** How long a finished run is kept, milliseconds: by then scrapes have seen its last figures. */
const keepEndedMs = 120_000;

/**
 * Counters of successive processes with the same number, such as the target of each trial of a search: each continues
 * from where the previous one ended. Must see every second in order.
 */
class CarriedCounters {
  readonly #counters = new Map<string, { before: number; last: number }>();

  carry(key: string, value: number): number {
    const counter = this.#counters.get(key) ?? { before: 0, last: 0 };
    if (value < counter.last) counter.before += counter.last;
    counter.last = value;
    this.#counters.set(key, counter);
    return counter.before + value;
  }
}

export class ExposedRuns {
  readonly #runs = new Map<string, ExposedRun>();

  /** The runs to expose now. */
  list(): ExposedRun[] {
    const nowMs = Date.now();
    for (const [run, { endedAtMs }] of this.#runs)
      if (endedAtMs !== null && nowMs - endedAtMs > keepEndedMs) this.#runs.delete(run);
    return [...this.#runs.values()];
  }

  /** Removes a run that broke before it had final figures. */
  drop(run: string): void {
    this.#runs.delete(run);
  }

  /** An observer for one run. */
  observer(): RunObserver {
    let run = "";
    const counters = new CarriedCounters();
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
        update({ phase, phases: withPhase(this.#runs.get(run), phase) });
      },
      snapshot: (snapshot) => update(changeOf(snapshot, this.#runs.get(run), counters)),
      ended: (report) => update(endOf(report, this.#runs.get(run))),
    };
  }
}

/**
 * The phases including one that begins now. A search repeats them for each trial: only the latest start of each is
 * kept.
 */
function withPhase(run: ExposedRun | undefined, phase: Phase): ExposedRun["phases"] {
  return [...(run?.phases ?? []).filter((before) => before.phase !== phase), { phase, startedAtMs: Date.now() }];
}

/**
 * Changes at the end of a run. Counters remain; momentary values (the last window's quantiles, the step's users, gauges
 * of ended processes) would continue as flat lines although nothing is running.
 */
function endOf(report: Report, before: ExposedRun | undefined): Partial<ExposedRun> {
  const isDone = before?.phases.some(({ phase }) => phase === "done") ?? false;
  return {
    verdict: report.verdict,
    phase: "done",
    ...(isDone ? {} : { phases: withPhase(before, "done") }),
    endedAtMs: Date.now(),
    limits: limitsOf(report),
    bounds: boundsOf(report),
    variants: exposedVariants(report),
    quantiles: { last: null, run: before?.quantiles.run ?? null },
    ...(before?.requests ? { requests: { ...before.requests, users: null } } : {}),
    shards: (before?.shards ?? []).map((shard) => ({ ...shard, vitals: null })),
    targetUsage: (before?.targetUsage ?? []).map((replica) => ({ ...replica, ...noGauges })),
  };
}

function startOf(report: Report): ExposedRun {
  const { run, kind, target, protocol, engine, clock, host } = report;
  return {
    run,
    kind,
    target: target.name,
    // The target of a pipeline has not reported its runtime yet.
    runtime: target.version.split(",")[0] || target.name,
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

/** The bounds of a capacity search so far. */
function boundsOf(report: Report): ExposedRun["bounds"] {
  const capacity = capacityOf(report);
  if (capacity === null) return null;
  return { lower: capacity.lower, upper: capacity.upper, unit: varied[capacity.vary].unit };
}

const limitsOf = (report: Report): ExposedRun["limits"] => report.limits.map(({ limit, ok }) => ({ limit, ok }));

/** Users of the current step; null at a rate, and before the first step. */
function usersOf({ steps }: Report): number | null {
  const step = steps?.at(-1);
  return step === undefined || step.ratePerSecond !== null ? null : step.users;
}

function changeOf(snapshot: Snapshot, before: ExposedRun | undefined, counters: CarriedCounters): Partial<ExposedRun> {
  const { phase, interval, total, report } = snapshot;
  const { requests } = interval;
  return {
    phase,
    tally: total,
    limits: limitsOf(report),
    bounds: boundsOf(report),
    planned: interval.connections.level ?? report.connections.planned,
    measuresPushes: report.pushes !== null,
    shards: exposedShards(snapshot, counters),
    targetUsage: exposedReplicas(snapshot, counters),
    quantiles: { last: interval.latencyMs.push ?? before?.quantiles.last ?? null, run: report.latencyMs.push ?? null },
    variants: exposedVariants(report),
    ...(report.conversation === undefined ? {} : { conversation: report.conversation }),
    ...(snapshot.conversationTimes === undefined ? {} : { conversationTimes: snapshot.conversationTimes }),
    requests:
      requests === undefined
        ? null
        : { byStatusClass: requests.byStatusClass, byCause: requests.byCause, users: usersOf(report) },
  };
}

function exposedShards({ shards }: Snapshot, counters: CarriedCounters): ExposedRun["shards"] {
  return shards.map(({ tally, vitals, state }, shard) => {
    const { unstampedReads, sharedStamps } = tally.counts;
    const carry = (name: string, value: number): number => counters.carry(`shard ${shard} ${name}`, value);
    const cpuSeconds = carry("cpu", vitals?.cpuSeconds ?? 0);
    return {
      shard,
      vitals: vitals === null || state === "died" ? null : { ...vitals, cpuSeconds },
      unstampedReads: carry("unstamped", unstampedReads),
      sharedStamps: carry("shared", sharedStamps),
    };
  });
}

const noGauges = { rssMiB: null, fds: null, threads: null } as const;

/** A replica whose processes ended keeps its CPU time but has no gauges. */
function exposedReplicas({ replicas }: Snapshot, counters: CarriedCounters): ExposedRun["targetUsage"] {
  return replicas.map(({ rssMiB, cpuSeconds, fds, threads, pids, name }, replica) => {
    const own = { replica: name ?? replica, cpuSeconds: counters.carry(`replica ${replica} cpu`, cpuSeconds) };
    return pids.length === 0 ? { ...own, ...noGauges } : { ...own, rssMiB, fds, threads };
  });
}
