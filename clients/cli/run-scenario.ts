/**
 * Runs a checked scenario from the command line: targets in turn, progress on stderr, report or table on stdout, exit
 * code.
 */

import { join } from "node:path";
import { comparisonOf } from "../report/model/figures/comparison.ts";
import type { Report } from "../report/model/report.ts";
import { renderText } from "../report/text/text.ts";
import { executeCompare } from "../run/compare/compare-run.ts";
import type { RunObserver } from "../run/coordinate/observer.ts";
import type { ExecuteOptions } from "../run/execute.ts";
import { executeOne } from "../run/executors.ts";
import { TargetUnavailable, targetNames } from "../run/prepare/choose-target.ts";
import type { CompareScenario } from "../scenario/compare-schema.ts";
import type { RunScenario, Scenario } from "../scenario/schema.ts";
import { exitCodeOf, exitCodes, worstExitCode } from "./exit-code.ts";
import { explain } from "./failure.ts";
import { openMetrics } from "./metrics-option.ts";
import { StatusLine } from "./status-line.ts";

/** Flags every command that runs something has. */
export interface RunFlags {
  json?: boolean;
  quiet?: boolean;
  runs: string;
  allowHost?: string[];
  metrics?: string;
  /** Of `capacity` only. */
  resume?: string;
}

/** Runs to the end and returns the exit code. */
export async function runScenario(scenario: Scenario, flags: RunFlags): Promise<number> {
  const status = new StatusLine(process.stderr);
  const say = (line: string): void => (flags.quiet === true ? undefined : status.say(line));
  const interrupt = new AbortController();
  const release = onSignals(interrupt, say);
  const metrics = flags.metrics === undefined ? null : await openMetrics(flags.metrics);
  if (metrics !== null) say(`metrics at ${metrics.url}`);
  const watch = (): RunObserver[] => [
    ...(flags.quiet === true ? [] : [status]),
    ...(metrics === null ? [] : [metrics.observer()]),
  ];
  const options: ExecuteOptions = {
    runsFolder: flags.runs,
    watch,
    signal: interrupt.signal,
    allowedHosts: flags.allowHost ?? [],
    say,
    ...(flags.resume === undefined ? {} : { resume: flags.resume }),
  };
  try {
    const comparison = comparisonIn(scenario);
    const { report, code } =
      comparison === null ? await runOne(scenario as RunScenario, options) : await compare(comparison, options);
    if (comparisonOf(report)?.runs.length !== 0) print(report, flags);
    return code;
  } finally {
    release();
    await metrics?.close();
  }
}

/** A comparison, or what is one: a scenario with several targets. Null: one run. */
function comparisonIn(scenario: Scenario): CompareScenario | null {
  if (scenario.kind === "compare") return scenario;
  const { target, ...rest } = scenario;
  const targets = targetNames(scenario);
  return targets.length === 1 ? null : { kind: "compare", preset: "quick", targets, scenarios: [rest], repeats: 1 };
}

/** A run that left no report counts by its error; a target that is not there does not. */
async function compare(scenario: CompareScenario, options: ExecuteOptions): Promise<{ report: Report; code: number }> {
  const { report, errors } = await executeCompare(scenario, options, executeOne);
  const codes = errors.filter((error) => !(error instanceof TargetUnavailable)).map((error) => explain(error).exitCode);
  return { report, code: worstExitCode([exitCodeOf(report), ...codes]) };
}

async function runOne(scenario: RunScenario, options: ExecuteOptions): Promise<{ report: Report; code: number }> {
  const report = await executeOne(scenario, targetNames(scenario)[0]!, options);
  return { report, code: exitCodeOf(report) };
}

/** The first signal drains and reports, the second exits at once. */
function onSignals(interrupt: AbortController, say: (line: string) => void): () => void {
  const handle = (signal: NodeJS.Signals): void => {
    if (interrupt.signal.aborted) process.exit(exitCodes.interrupted);
    say(`${signal}: draining; the report follows. Repeat to exit immediately.`);
    interrupt.abort();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, handle);
  return () => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, handle);
  };
}

function print(report: Report, flags: RunFlags): void {
  const out = (text: string): boolean => process.stdout.write(`${text}\n`);
  const path = join(flags.runs, report.run);
  if (flags.json === true) out(JSON.stringify(report));
  else out(`${renderText(report, { path })}\nHTML report: ${join(path, "report.html")}`);
}
