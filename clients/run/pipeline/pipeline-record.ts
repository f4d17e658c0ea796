/** The record of a pipeline run and its report. */

import { nowNs } from "../../measure/clock.ts";
import { ownVitals } from "../../measure/host/own-vitals.ts";
import { UsageSeries } from "../../measure/host/usage-series.ts";
import type { Phase } from "../../measure/phase.ts";
import { Tally } from "../../measure/tally.ts";
import { buildReport, connectionCounts } from "../../report/model/build-report.ts";
import { pipelineFigures, relateToCpython } from "../../report/model/figures/pipeline-figures.ts";
import type { Interval } from "../../report/model/interval.ts";
import type { Reason, Report } from "../../report/model/report.ts";
import { type Footprint, generationOf } from "../../report/model/schema/pipeline-block.ts";
import type { ProfileBlock } from "../../report/model/schema/profile-block.ts";
import { failReasons, judgeLimits } from "../../report/model/verdict/verdict.ts";
import { parseLimit } from "../../scenario/limit.ts";
import type { PipelineScenario } from "../../scenario/pipeline-schema.ts";
import type { RunObserver } from "../coordinate/observer.ts";
import type { WrittenLog } from "./log-file.ts";
import { variantNotes } from "./variant-notes.ts";
import type { VariantRecord } from "./variant-record.ts";

const zeroUsage = { rssMiB: { steady: 0, peak: 0 }, cpu: { mean: 0, peak: 0 }, fds: 0 };

/** What is known before anything runs. */
export interface PipelineOrder {
  run: string;
  scenario: PipelineScenario;
  target: Report["target"];
  host: Report["host"];
  variants: readonly VariantRecord[];
  observers: readonly RunObserver[];
}

export class PipelineRecord {
  readonly #order: PipelineOrder;
  readonly #startNs = nowNs();
  readonly #startedAt = new Date();
  readonly #phases: { phase: Phase; atMs: number }[] = [];
  readonly #generator = new UsageSeries();
  readonly #notes: Reason[] = [];
  #written: WrittenLog | null = null;
  footprint: Footprint | null = null;
  profiles: ProfileBlock[] = [];

  constructor(order: PipelineOrder) {
    this.#order = order;
  }

  begin(): void {
    for (const observer of this.#order.observers) observer.begun?.(this.report("running"));
    this.enter("prepare");
  }

  /** The log has been written. */
  know(written: WrittenLog): void {
    this.#written = written;
  }

  note(reason: Reason): void {
    this.#notes.push(reason);
  }

  /** Sets the target's version and settings as reported by one of its servers. */
  meet(version: string, settings: Record<string, unknown>): void {
    Object.assign(this.#order.target, { version, settings });
  }

  enter(phase: Phase): void {
    const atMs = this.#sinceStart();
    this.#phases.push({ phase, atMs });
    for (const observer of this.#order.observers) observer.phase?.(phase, atMs);
  }

  #sinceStart(): number {
    return Math.round((nowNs() - this.#startNs) / 1e4) / 100;
  }

  /** Called after each run of a command, never during one: writing a report would disturb it. */
  tick(): void {
    const report = this.report("running");
    const { run, observers } = this.#order;
    const phase = this.#phases.at(-1)?.phase ?? "prepare";
    const snapshot = {
      run,
      phase,
      interval: this.#interval(phase),
      total: new Tally(),
      shards: [],
      replicas: [],
      report,
    };
    for (const observer of observers) observer.snapshot?.(snapshot);
  }

  #interval(phase: Phase): Interval {
    const own = ownVitals();
    const cpu = this.#generator.add(own);
    const { peak: _, ...counts } = connectionCounts(new Tally(), 0);
    return {
      atMs: this.#sinceStart(),
      phase,
      connections: { open: 0, connecting: 0, closing: 0, backoff: 0, ...counts },
      pushes: null,
      latencyMs: {},
      usage: { target: null, generator: { rssMiB: own.rssMiB, cpu, fds: own.fds, loopDelayMs: 0 } },
      unstampedReads: 0,
      sharedStamps: 0,
      bytesReceived: 0,
    };
  }

  report(state: Report["state"]): Report {
    const { scenario, variants, run, target, host } = this.#order;
    const truth = this.#written?.truth ?? null;
    const rows = truth === null ? [] : variants.map((variant) => variant.row(truth));
    const base = buildReport({
      run,
      kind: "pipeline",
      state,
      target: { ...target },
      host,
      engine: "portable",
      protocol: "log file",
      scenario,
      tally: new Tally(),
      peak: 0,
      isStamped: false,
      usage: {
        target: null,
        generator: this.#generator.usage() ?? zeroUsage,
        bytesPerConnection: null,
        starvedShare: null,
      },
      timing: this.#timing(state),
      shards: 0,
      shardsDied: 0,
      replicasEnded: 0,
      notes: [...this.#notes, ...rows.flatMap(variantNotes)],
    });
    const facts =
      truth === null
        ? {}
        : {
            generation: generationOf(truth.bytes, this.#written?.elapsedMs ?? 0, rows),
            log: {
              lines: truth.lines,
              uniqueUsers: truth.uniqueUsers,
              bad: truth.bad,
              firstBadLine: truth.firstBadLine,
              bytes: truth.bytes,
              seed: scenario.seed,
            },
          };
    const report: Report = {
      ...base,
      ...facts,
      variants: rows,
      ...(this.footprint === null ? {} : { footprint: this.footprint }),
      ...(this.profiles.length === 0 ? {} : { profiles: this.profiles }),
    };
    return judged(relateToCpython([report])[0] ?? report, scenario.limits ?? []);
  }

  #timing(state: Report["state"]): Report["timing"] {
    const begunMs = this.#phases.find(({ phase }) => phase === "hold")?.atMs ?? null;
    const endedMs = this.#phases.find(({ phase }) => phase === "done")?.atMs ?? this.#sinceStart();
    return {
      startedAt: this.#startedAt.toISOString(),
      rampMs: 0,
      heldMs: begunMs === null ? 0 : Math.round(endedMs - begunMs),
      endedAt: state === "running" ? null : new Date().toISOString(),
      phases: [...this.#phases],
    };
  }

  finish(state: "finished" | "interrupted"): Report {
    this.enter("done");
    this.tick();
    const report = this.report(state);
    for (const observer of this.#order.observers) observer.ended?.(report);
    return report;
  }
}

/** The verdict of a pipeline: it fails on a wrong answer, a failed command or a missed limit. */
function judged(report: Report, limitTexts: readonly string[]): Report {
  const own = limitTexts.map(parseLimit);
  const measured = { ...report, clockFaults: { foreignPushes: 0, missedStarts: 0 }, extra: pipelineFigures(report) };
  const limits = judgeLimits(own, new Set(own.map(({ figure }) => figure)), measured);
  if (report.state === "running") return { ...report, limits, verdict: null, reasons: [] };
  const variants = report.variants ?? [];
  const broken = variants.filter(({ state }) => state !== "ok" && state !== "unavailable" && state !== "not-run");
  const reasons = [
    ...broken.map(({ name, state, why }) => ({ code: state, text: `${name}: ${why}` })),
    ...failReasons(measured, limits),
  ];
  if (report.state === "interrupted") return { ...report, limits, verdict: null, reasons };
  const undone = variants
    .filter(({ state }) => state === "not-run")
    .map(({ name }) => ({ code: "load-not-applied", text: `${name} was never run` }));
  const nothing = { code: "nothing-measured", text: "no variant of the target could be run" };
  reasons.push(
    ...undone,
    ...(variants.some(({ state }) => state !== "unavailable" && state !== "not-run") ? [] : [nothing]),
  );
  const notMeasured = reasons.some(
    ({ code }) => code === "not-measured" || code === "load-not-applied" || code === "nothing-measured",
  );
  return {
    ...report,
    limits,
    verdict: broken.length > 0 ? "fail" : notMeasured ? "invalid" : reasons.length > 0 ? "fail" : "pass",
    reasons,
  };
}
