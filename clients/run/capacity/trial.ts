/** One trial of a capacity search: a connections run against a fresh target, judged by each goal. */
import { join } from "node:path";
import { parseLimit } from "../../measure/host/proc.ts";
import { isRunning, readProc } from "../../measure/host/process-files.ts";
import { median } from "../../measure/statistics/median.ts";
import { type LimitEvidence, type LimitName, nameLimit } from "../../plan/search/limit-name.ts";
import type { NextTrial } from "../../plan/search/next-trial.ts";
import type { SearchGoal } from "../../plan/search/search-goal.ts";
import {
  type GoalJudgement,
  judgeTrial,
  lostRatio,
  type TrialFigures,
  unmeasuredBy,
} from "../../plan/search/trial-judgement.ts";
import type { Report } from "../../report/model/report.ts";
import type { CapacityTrial } from "../../report/model/schema/capacity-block.ts";
import type { CapacityScenario } from "../../scenario/capacity-schema.ts";
import { variedOf } from "../../scenario/varied.ts";
import { readHostFacts } from "../../target/host.ts";
import type { ReplicaExit, StartOptions } from "../../target/managed-target.ts";
import { measureTarget } from "../coordinate/measure-target.ts";
import type { RunObserver } from "../coordinate/observer.ts";
import type { RunTarget } from "../prepare/run-target.ts";
import { HeldCount } from "./held-count.ts";
import type { CapacitySetting } from "./setting.ts";
import { TrialFolder } from "./trial-folder.ts";
import { pushesPerSecond } from "./trial-scenario.ts";
import { TrialWatch } from "./trial-watch.ts";
import { varyingOf } from "./varyings.ts";

export interface TrialOrder {
  number: number;
  trial: NextTrial;
  goals: readonly SearchGoal[];
  rampPerSecond: number;
  /** Folder for the trial's files. */
  folder: string;
  observers: RunObserver[];
  signal: AbortSignal;
  /** Modifies the target's command, to run it under a profiler. */
  wrap?: StartOptions["wrap"];
}

/** The result of a trial: a row of the report, and its own report. */
export interface TrialEnd {
  row: CapacityTrial;
  report: Report;
}

/** Runs one trial. Throws what starting a target or making shards throws. */
export async function runTrial(setting: CapacitySetting, order: TrialOrder): Promise<TrialEnd> {
  const { scenario, host } = setting;
  const { load, durationMs } = order.trial;
  const beganMs = performance.now();
  const varying = varyingOf(scenario);
  const isClimb = order.trial.purpose === "climb";
  const settleMs = isClimb ? 0 : varying.settleMs(scenario, load);
  const held = new HeldCount(order.goals.map(({ lossRatio }) => lossRatio));
  const ramped = varying.rampIsLoad ? scenario : { ...scenario, rampPerSecond: order.rampPerSecond };
  const plan = varying.plan(ramped, load, { settleMs, sustainMs: durationMs });
  const folder = new TrialFolder(order.folder);
  const target = await setting.startTarget(plan.connections, order.folder, order.wrap);
  const exits: ReplicaExit[] = [];
  let isStopping = false;
  for (const exit of target.exits) void exit.then((ended) => (isStopping ? 0 : exits.push(ended)));
  try {
    const watch = new TrialWatch(settleMs, target.pids, readHostFacts(target.isLocal).cores);
    const fdsAllowed = descriptorsOf(target);
    const alive = target.pids.filter(isRunning);
    const report = await measureTarget({
      run: setting.run,
      kind: "capacity",
      plan,
      target,
      engineName: setting.engineName,
      observers: [folder, watch, ...order.observers],
      signal: order.signal,
      notes: [],
      planningHost: setting.planningHost,
      ...(varying.endsEarly ? { stopWhen: held.stopWhen } : {}),
      ...(setting.makeShards === undefined ? {} : { makeShards: setting.makeShards }),
    });
    // Managed replicas report their exit; for a target given by URL the watched processes are checked.
    const died = report.notes.some(({ code }) => code === "replica-ended") || !alive.every(isRunning);
    const { invalid, streams, ...own } = varying.figures(scenario, report, watch, load);
    const { opened } = report.connections;
    // A target that died or refuses everything leaves nothing to be late with: that is its failure, not the
    // generator's.
    const spoilt = died || (opened === 0 && varying.endsEarly) ? null : invalid;
    const whole: TrialFigures = { ...own, opened, targetDied: died, invalid: spoilt?.text ?? null };
    // A climb is too short for pushes, so only connections are judged.
    const figures: TrialFigures = isClimb
      ? {
          ...whole,
          pushes: null,
          p99Ms: null,
          bursts: [],
          invalid: report.verdict === "invalid" ? whole.invalid : null,
        }
      : whole;
    const evidence: Omit<LimitEvidence, "criterion"> = {
      ...evidenceOf(report, watch),
      cpuAllowed: host.cpuAllowed,
      memoryLimitMiB: scenario.targetMemoryMiB === undefined ? null : scenario.targetMemoryMiB * scenario.replicas,
      memoryKilled: exits.some(({ memoryLimit }) => memoryLimit),
      fdsAllowed,
      ...(streams === undefined ? {} : { streams }),
    };
    const elapsedMs = performance.now() - beganMs;
    return {
      row: rowOf(setting.scenario, order, {
        report,
        figures,
        evidence,
        elapsedMs,
        heldCount: died || !varying.countsConnections ? null : held.count,
        owner: spoilt?.code ?? null,
      }),
      report,
    };
  } finally {
    isStopping = true;
    await target.stop();
  }
}

/** Descriptor limit of all replicas together; null when any process does not report it. */
function descriptorsOf({ pids }: RunTarget): number | null {
  const limits = pids.map((pid) => parseLimit(readProc(`/proc/${pid}/limits`) ?? "", "Max open files")?.soft ?? null);
  return limits.length === 0 || limits.includes(null)
    ? null
    : limits.reduce<number>((sum, limit) => sum + (limit ?? 0), 0);
}

function evidenceOf(
  report: Report,
  watch: TrialWatch,
): Pick<
  LimitEvidence,
  | "byCause"
  | "byCode"
  | "cpuPeak"
  | "threadPeak"
  | "hostBusyCores"
  | "hostCores"
  | "cpuMean"
  | "ownCpuMean"
  | "rssMiB"
  | "fds"
  | "counters"
  | "conntrackFull"
> {
  const { target } = report.usage;
  const read = (name: string): number => Number(readProc(`/proc/sys/net/netfilter/${name}`) ?? Number.NaN);
  return {
    byCause: report.connections.byCause,
    byCode: report.connections.byCode,
    cpuPeak: target?.cpu.peak ?? null,
    threadPeak: watch.threadPeak,
    hostBusyCores: watch.hostBusyCores,
    hostCores: report.host.cores,
    cpuMean: target?.cpu.mean ?? null,
    ownCpuMean: report.usage.generator.cpu.mean,
    rssMiB: target?.rssMiB.peak ?? null,
    fds: target === null ? null : Math.max(target.fds, watch.peakFds),
    counters: report.kernel ?? [],
    conntrackFull: read("nf_conntrack_count") >= 0.98 * read("nf_conntrack_max"),
  };
}

interface Shown {
  report: Report;
  figures: TrialFigures;
  evidence: Omit<LimitEvidence, "criterion">;
  elapsedMs: number;
  heldCount: number | null;
  /** What is responsible when the trial says nothing about the target. */
  owner: LimitName | null;
}

function rowOf(scenario: CapacityScenario, { number, trial, goals: asked }: TrialOrder, shown: Shown): CapacityTrial {
  const { report, figures, evidence, elapsedMs, heldCount, owner } = shown;
  const goals = trial.purpose === "climb" ? asked.map((goal) => ({ ...goal, latencyP99Ms: null })) : asked;
  const judged = goals.map((goal): [string, GoalJudgement] => [goal.name, judgeTrial(figures, goal)]);
  const failed = judged.find(([, { outcome }]) => outcome === "fail")?.[1] ?? null;
  const unjudged =
    failed === null ? (goals.map((goal) => unmeasuredBy(figures, goal)).find((text) => text !== null) ?? null) : null;
  const why = figures.invalid ?? unjudged;
  const named =
    why !== null
      ? { code: owner ?? (figures.notApplied === null ? "not-measured" : "generator"), evidence: why }
      : failed === null
        ? null
        : nameLimit({ ...evidence, criterion: failed.criterion });
  const { usage, connections } = report;
  const { main } = variedOf(scenario.search.vary);
  return {
    number,
    load: trial.load,
    connections: connections.planned,
    pushesPerSecond: pushesPerSecond(scenario, connections.planned, trial.load),
    purpose: trial.purpose,
    durationMs: trial.durationMs,
    elapsedMs: Math.round(elapsedMs),
    outcome: Object.fromEntries(judged.map(([name, { outcome }]) => [name, outcome])),
    verdict: why !== null ? "invalid" : failed === null ? "pass" : "fail",
    criterion: Object.fromEntries(
      judged.flatMap(([name, { criterion }]) => (criterion === null ? [] : [[name, criterion]])),
    ),
    limitedBy: named?.code ?? null,
    evidence: named?.evidence ?? null,
    p99Ms: main === null || main === "push" ? figures.p99Ms : (figures.latencies[main] ?? null),
    ...(Object.keys(figures.latencies).length === 0 ? {} : { p99sMs: figures.latencies }),
    burstP99Ms: figures.bursts.length === 0 ? null : median(figures.bursts.map(({ p99Ms }) => p99Ms)),
    lostRatio: lostRatio(figures),
    ...(failed === null || heldCount === null ? {} : { heldCount }),
    closed: connections.closedUnexpectedly,
    refused: connections.refused + (connections.reconnects?.refused ?? 0),
    targetCpu: usage.target?.cpu.peak ?? null,
    targetRssMiB: usage.target?.rssMiB.peak ?? null,
    targetFds: evidence.fds,
    counters: evidence.counters.map(({ text }) => text),
  };
}

/** The folder of a trial within its run's. */
export function trialFolder(runFolder: string, number: number): string {
  return join(runFolder, "trials", String(number).padStart(2, "0"));
}
