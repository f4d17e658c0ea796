/**
 * A capacity search against one target: asks the search for the next trial, runs it and reports its outcome back, until
 * the goals are answered or a budget is exhausted. Its state is saved to disk after every trial (docs/capacity.md).
 */
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { NextTrial } from "../../plan/search/next-trial.ts";
import { nextTrial, observe, startSearch } from "../../plan/search/search.ts";
import type { Reason, Report } from "../../report/model/report.ts";
import type { CapacityBlock, CapacityTrial } from "../../report/model/schema/capacity-block.ts";
import type { CapacityScenario } from "../../scenario/capacity-schema.ts";
import { parseLimit } from "../../scenario/limit.ts";
import { redact, shownAddress } from "../../scenario/redaction.ts";
import type { Vary } from "../../scenario/varied.ts";
import type { ExecuteOptions } from "../execute.ts";
import { newRunId } from "../folder/run-folder.ts";
import { capacityCeiling } from "./ceiling.ts";
import { searchOptionsOf } from "./options.ts";
import { withProfile } from "./profile.ts";
import { CapacityProgress } from "./progress.ts";
import { CapacityFolder, readTrialReport } from "./search-folder.ts";
import {
  type BlockTerms,
  boundLimits,
  capacityBlock,
  capacityVerdict,
  progressText,
  trialText,
} from "./search-report.ts";
import { type CapacityState, readState, writeState } from "./search-state.ts";
import { type CapacitySetting, capacitySetting } from "./setting.ts";
import { runTrial, type TrialOrder, trialFolder } from "./trial.ts";
import { trialNotRun } from "./trial-not-run.ts";
import { trialLimits } from "./trial-scenario.ts";
import { varyingOf } from "./varyings.ts";

/** After this many consecutive failed starts the target is given up. */
const startsAtMost = 3;
/** Delay between a failed start and the next one, milliseconds; doubled the second time. */
const pauseMs = 1000;

/**
 * Searches the capacity of one target. Throws what `execute` throws before anything is dialled, and when the first
 * trial cannot be run.
 */
export async function executeCapacity(
  scenario: CapacityScenario,
  name: string,
  options: ExecuteOptions,
): Promise<Report> {
  const own = { ...scenario, target: name };
  const run =
    options.resume ?? options.newRun?.("capacity", name) ?? newRunId("capacity", name, new Date(), Math.random);
  const before = options.resume === undefined ? null : readState(join(options.runsFolder, run), name);
  const setting = await capacitySetting(run, own, name, options);
  const state = before ?? newState(setting, name, options);
  const folder = new CapacityFolder(options.runsFolder, run, own);
  return await new CapacitySearch(setting, state, folder, options).run();
}

function newState(
  { run, scenario, planned, isLocal }: CapacitySetting,
  target: string,
  options: ExecuteOptions,
): CapacityState {
  const ceiling = capacityCeiling(planned, isLocal, options.checkPlan);
  const search = startSearch(searchOptionsOf(scenario, ceiling));
  return {
    schema: 1,
    run,
    target: shownAddress(target),
    startedAt: new Date().toISOString(),
    search,
    trials: [],
    ceiling,
    rampPerSecond: scenario.rampPerSecond,
  };
}

class CapacitySearch {
  readonly #setting: CapacitySetting;
  readonly #folder: CapacityFolder;
  readonly #options: ExecuteOptions;
  readonly #progress: CapacityProgress;
  #state: CapacityState;
  #progressLine = "";
  #lastReport: Report | null = null;
  /** Consecutive failed target starts in this process; a resumed search starts again from 0. */
  #failedStarts = 0;

  constructor(setting: CapacitySetting, state: CapacityState, folder: CapacityFolder, options: ExecuteOptions) {
    this.#setting = setting;
    this.#state = state;
    this.#folder = folder;
    this.#options = options;
    const { run, scenario } = setting;
    const block = (): CapacityBlock => this.#block(null);
    this.#progress = new CapacityProgress(
      { run, scenario, startedAt: state.startedAt, block, checkpoint: (report) => folder.checkpoint(report) },
      options.watch(run),
    );
  }

  async run(): Promise<Report> {
    const { signal, say } = this.#options;
    for (;;) {
      const next = nextTrial(this.#state.search);
      const lacksTarget = this.#failedStarts > 0;
      if ("done" in next)
        return this.#finish(lacksTarget && next.done.end !== "answered" ? "not-started" : next.done.end);
      if (this.#failedStarts >= startsAtMost) return this.#finish("not-started");
      if (lacksTarget) await pause(pauseMs * 2 ** (this.#failedStarts - 1), null, { signal }).catch(() => {});
      if (signal.aborted) return this.#finish("interrupted");
      this.#progressLine = progressText(this.#state.search, next, this.#vary);
      say(`${this.#targetName}: ${this.#progressLine}`);
      const row = await this.#trial(next);
      // An interrupted trial is discarded; the state on disk is that before it.
      if (signal.aborted) return this.#finish("interrupted");
      this.#take(row);
    }
  }

  get #targetName(): string {
    return shownAddress(String(this.#setting.scenario.target));
  }

  get #vary(): Vary {
    return this.#setting.scenario.search.vary;
  }

  /**
   * Runs one trial; returns its row even if it could not be run, but throws when that was the first, because then there
   * is nothing to search.
   */
  async #trial(next: NextTrial): Promise<CapacityTrial> {
    const number = this.#state.trials.length + 1;
    const beganMs = performance.now();
    const order: TrialOrder = {
      number,
      trial: next,
      goals: this.#state.search.options.goals,
      rampPerSecond: this.#state.rampPerSecond,
      folder: trialFolder(this.#folder.path, number),
      observers: [this.#progress],
      signal: this.#options.signal,
    };
    try {
      const { row, report } = await runTrial(this.#setting, order);
      this.#lastReport = report;
      this.#failedStarts = 0;
      return row;
    } catch (error) {
      if (this.#state.trials.length === 0) throw error;
      const row = trialNotRun(this.#setting.scenario, order, error, performance.now() - beganMs);
      this.#failedStarts = row.limitedBy === "target-not-started" ? this.#failedStarts + 1 : 0;
      return row;
    }
  }

  #take(row: CapacityTrial): void {
    const { load, durationMs, outcome, criterion, elapsedMs, verdict, evidence, lostRatio, heldCount } = row;
    const why = verdict === "invalid" ? { limitedBy: evidence ?? "generator" } : {};
    const notStarted = row.limitedBy === "target-not-started" ? { notStarted: true as const } : {};
    const search = observe(this.#state.search, {
      load,
      durationMs,
      outcome,
      criterion,
      elapsedMs,
      ...why,
      ...(heldCount === undefined ? {} : { heldCount }),
      ...notStarted,
      ...(lostRatio === null ? {} : { lossRatio: lostRatio }),
    });
    const { rampPerSecond: before } = this.#state;
    const { rampIsLoad } = varyingOf(this.#setting.scenario);
    const rampPerSecond = rampIsLoad ? before : safeRamp(before, row, this.#lastReport);
    this.#state = { ...this.#state, search, trials: [...this.#state.trials, row], rampPerSecond };
    writeState(this.#folder.path, this.#state);
    this.#options.say(`  ${trialText(row, this.#vary)}`);
  }

  #block(end: BlockTerms["end"]): CapacityBlock {
    const progress = end === null ? { progress: this.#progressLine } : {};
    return capacityBlock(this.#state, { vary: this.#vary, restarted: this.#setting.isManaged, end, ...progress });
  }

  async #finish(end: NonNullable<BlockTerms["end"]>): Promise<Report> {
    const { scenario, run, isManaged } = this.#setting;
    const block = this.#block(end);
    const shown = representative(block);
    const shownFolder = shown === null ? null : trialFolder(this.#folder.path, shown.number);
    const base = (shownFolder === null ? null : readTrialReport(shownFolder)) ?? this.#lastReport;
    if (base === null) throw new Error("the search was stopped before its first trial");
    const own = trialLimits(scenario).map((text) => parseLimit(text).figure);
    const limits = [
      ...boundLimits(scenario.limits ?? [], block),
      ...base.limits.filter(({ limit }) => own.includes(limit)),
    ];
    const { verdict, reasons } = capacityVerdict(block, limits);
    const restarts: Reason[] = isManaged
      ? []
      : [
          {
            code: "not-restarted",
            text: "the target was given by URL and not restarted between trials: leftovers of one trial may affect the next",
          },
        ];
    const found: Report = {
      ...base,
      run,
      kind: "capacity",
      state: end === "interrupted" ? "interrupted" : "finished",
      verdict: end === "interrupted" ? null : verdict,
      reasons,
      notes: [...base.notes, ...restarts],
      limits,
      timing: { ...base.timing, startedAt: this.#state.startedAt, endedAt: new Date().toISOString() },
      scenario: redact(scenario),
      capacity: block,
    };
    const isProfiled = scenario.profile && end !== "interrupted" && end !== "not-started";
    const report = isProfiled ? await this.#profiled(found) : found;
    this.#folder.finish(report, shownFolder);
    this.#progress.finish(report);
    return report;
  }

  /**
   * The report with a profile of the target at the lower bound. A search interrupted only here already has its answer.
   */
  async #profiled(report: Report): Promise<Report> {
    const { lower } = this.#block(null);
    this.#progressLine = `the search is complete; profiling the target at ${lower?.toLocaleString("en-US") ?? "no load"}`;
    this.#options.say(`${this.#targetName}: ${this.#progressLine}`);
    const order = {
      goals: this.#state.search.options.goals,
      rampPerSecond: this.#state.rampPerSecond,
      observers: [this.#progress],
      signal: this.#options.signal,
    };
    const profiled = await withProfile(report, this.#setting, this.#folder.path, lower, order);
    return this.#options.signal.aborted ? { ...profiled, state: "interrupted", verdict: null } : profiled;
  }
}

/**
 * The trial whose figures the report shows: the confirmation at the lower bound, otherwise the last that passed there,
 * otherwise the last that was run.
 */
export function representative({ trials, lower, goals }: CapacityBlock): CapacityTrial | null {
  const passed = trials.filter((trial) => trial.load === lower && trial.outcome[goals[0]?.goal ?? ""] === "pass");
  const ran = trials.filter(({ notRun }) => notRun !== true);
  return passed.filter(({ purpose }) => purpose === "confirm").at(-1) ?? passed.at(-1) ?? ran.at(-1) ?? null;
}

/**
 * The ramp rate for the next trials: if a ramp fell behind, half of the rate it reached, but at least 50 connects per
 * second.
 */
export function safeRamp(
  rampPerSecond: number,
  { connections, verdict }: Pick<CapacityTrial, "connections" | "verdict">,
  report: Report | null,
): number {
  const rampMs = report?.timing.rampMs ?? 0;
  const plannedMs = (connections * 1000) / rampPerSecond;
  if (verdict === "invalid" || rampMs < 1000 || rampMs < 1.5 * plannedMs) return rampPerSecond;
  return Math.max(50, Math.round((connections * 1000) / rampMs / 2));
}
