/**
 * A comparison: every scenario on every target, each target alone on the machine, in an order that favours none (see
 * compare-order.ts). Each run is an ordinary one with its own folder; runs that fail are reported, and the others
 * continue.
 */
import { type CompareStep, compareOrder, restMs } from "../../plan/compare-order.ts";
import { type ComparisonInput, comparisonReport } from "../../report/compare/compare-report.ts";
import type { ComparisonReport } from "../../report/model/figures/comparison.ts";
import { formatDuration } from "../../report/model/format.ts";
import type { Report } from "../../report/model/report.ts";
import type { ComparedMember, ComparedScenario, SkippedRun } from "../../report/model/schema/compare-block.ts";
import type { CompareScenario } from "../../scenario/compare-schema.ts";
import { durationMs } from "../../scenario/duration.ts";
import { ScenarioError, scenariosOf } from "../../scenario/read-scenario.ts";
import { hideSecrets, redact, shownAddresses } from "../../scenario/redaction.ts";
import type { RunScenario } from "../../scenario/schema.ts";
import { isUrl } from "../../scenario/target-url.ts";
import { readHostFacts } from "../../target/host.ts";
import { readManifests } from "../../target/manifest.ts";
import type { ExecuteOptions } from "../execute.ts";
import { newRunId } from "../folder/run-folder.ts";
import { TargetUnavailable, usableTarget } from "../prepare/choose-target.ts";
import { CompareFolder } from "./compare-folder.ts";
import { expectedMs } from "./expected-time.ts";

/** Runs one scenario on one target: the executor of its kind. */
export type RunOne = (scenario: RunScenario, target: string, options: ExecuteOptions) => Promise<Report>;

/** The result of a comparison: its report, and the errors of runs without one. */
export interface CompareEnd {
  report: ComparisonReport;
  errors: unknown[];
}

/**
 * Runs a comparison. Throws ScenarioError for unknown names, TargetUnavailable when no target can run, or the first
 * error when no run succeeded.
 */
export async function executeCompare(
  scenario: CompareScenario,
  options: ExecuteOptions,
  runOne: RunOne,
): Promise<CompareEnd> {
  refuseUnknown(scenario.targets);
  const { targets, skipped } = await usableTargets(scenario.targets, options);
  const run =
    options.newRun?.("compare", "several") ??
    newRunId("compare", targets.map((name) => (isUrl(name) ? "url" : name)).join("-"), new Date(), Math.random);
  const comparison = new Comparison({ run, scenario, targets, skipped, options, runOne });
  return await comparison.run();
}

/** Checks all names before anything is started. */
function refuseUnknown(targets: readonly string[]): void {
  const known = readManifests().map(({ name }) => name);
  const wrong = targets.filter((name) => !isUrl(name) && !known.includes(name));
  if (wrong.length > 0)
    throw new ScenarioError(
      wrong.map((name) => ({ field: "target", text: `expected ${known.join(", ")} or a URL, got "${name}"` })),
    );
}

async function usableTargets(
  names: readonly string[],
  { say }: ExecuteOptions,
): Promise<{ targets: string[]; skipped: SkippedRun[] }> {
  const targets: string[] = [];
  const unavailable: TargetUnavailable[] = [];
  for (const name of names) {
    try {
      if (!isUrl(name)) await usableTarget(name, say);
      targets.push(name);
    } catch (error) {
      if (!(error instanceof TargetUnavailable)) throw error;
      say(error.message);
      unavailable.push(error);
    }
  }
  const [first] = unavailable;
  if (targets.length === 0 && first !== undefined) throw first;
  return {
    targets,
    skipped: unavailable.map(({ target, message }) => ({ target, scenario: null, repeat: null, text: message })),
  };
}

/**
 * The scenarios with a unique name each, and their number of repeats: searches have bounds of their own and soaks take
 * hours, so these run once.
 */
export function namedScenarios(scenario: CompareScenario): ComparedScenario[] {
  const before: Record<string, number> = {};
  return scenariosOf(scenario).map((one) => {
    const { kind, title } = one;
    const number = (before[kind] ?? 0) + 1;
    before[kind] = number;
    const name = number === 1 ? kind : `${kind} ${number}`;
    const heldMs = "hold" in one ? durationMs(one.hold) * (one.kind === "api" ? (one.sweep?.length ?? 1) : 1) : null;
    return {
      name,
      kind,
      title: title ?? name,
      heldMs,
      repeats: kind === "capacity" || kind === "soak" ? 1 : (scenario.repeats ?? 1),
    };
  });
}

interface ComparisonPlan {
  run: string;
  scenario: CompareScenario;
  targets: string[];
  skipped: SkippedRun[];
  options: ExecuteOptions;
  runOne: RunOne;
}

class Comparison {
  readonly #plan: ComparisonPlan;
  readonly #scenarios: RunScenario[];
  readonly #named: ComparedScenario[];
  readonly #steps: CompareStep[];
  readonly #folder: CompareFolder;
  /** The targets as named in the report. */
  readonly #shown: string[];
  readonly #startedAt = new Date().toISOString();
  readonly #members: ComparedMember[] = [];
  readonly #reports: Report[] = [];
  readonly #done: { scenario: number; elapsedMs: number }[] = [];
  readonly #errors: unknown[] = [];

  constructor(plan: ComparisonPlan) {
    this.#plan = plan;
    this.#shown = shownAddresses(plan.targets);
    this.#scenarios = scenariosOf(plan.scenario);
    this.#named = namedScenarios(plan.scenario);
    this.#steps = compareOrder({ targets: plan.targets.length, repeats: this.#named.map(({ repeats }) => repeats) });
    this.#folder = new CompareFolder(plan.options.runsFolder, plan.run, plan.scenario);
  }

  async run(): Promise<CompareEnd> {
    const { signal, say } = this.#plan.options;
    this.#folder.checkpoint(this.#report("running"));
    for (const [index, step] of this.#steps.entries()) {
      if (signal.aborted) break;
      say(this.#progress(index, step));
      await this.#runStep(step);
      this.#folder.checkpoint(this.#report("running"));
    }
    const report = this.#folder.finish(this.#report(signal.aborted ? "interrupted" : "finished"));
    if (this.#reports.length === 0 && this.#errors.length > 0) throw this.#errors[0];
    return { report, errors: this.#errors };
  }

  #progress(index: number, step: CompareStep): string {
    const { name, repeats } = this.#named[step.scenario]!;
    const left = restMs(this.#steps.slice(index), this.#done, this.#scenarios.map(expectedMs));
    const repeat = repeats > 1 ? `, repeat ${step.repeat} of ${repeats}` : "";
    return `run ${index + 1} of ${this.#steps.length}: ${name} on ${this.#shown[step.target]}${repeat}; about ${formatDuration(Math.ceil(left / 1000) * 1000)} left`;
  }

  async #runStep(step: CompareStep): Promise<void> {
    const { targets, options, runOne, skipped } = this.#plan;
    const [target, scenario] = [this.#shown[step.target]!, this.#named[step.scenario]!.name];
    const fromMs = performance.now();
    try {
      const report = await runOne(this.#scenarios[step.scenario]!, targets[step.target]!, options);
      this.#members.push({ run: report.run, scenario, target, repeat: step.repeat });
      this.#reports.push(report);
    } catch (error) {
      const [line = ""] = hideSecrets((error as Error).message, this.#plan.scenario).split("\n");
      options.say(`${scenario} on ${target}: ${line}`);
      // It is the same on every repeat and needs only one line.
      if (!skipped.some((run) => run.target === target && run.scenario === scenario)) {
        skipped.push({ target, scenario, repeat: step.repeat, text: `${scenario} on ${target}: ${line}` });
        this.#errors.push(error);
      }
    } finally {
      this.#done.push({ scenario: step.scenario, elapsedMs: performance.now() - fromMs });
    }
  }

  #report(state: Report["state"]): ComparisonReport {
    const { run, skipped } = this.#plan;
    const input: ComparisonInput = {
      run,
      state,
      scenario: redact(this.#plan.scenario),
      targets: this.#shown,
      skipped,
      scenarios: this.#named,
      members: this.#members,
      reports: this.#reports,
      planned: this.#steps.length,
      host: readHostFacts(true),
      startedAt: this.#startedAt,
      endedAt: state === "running" ? null : new Date().toISOString(),
    };
    return comparisonReport(input);
  }
}
