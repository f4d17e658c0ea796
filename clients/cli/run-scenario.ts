/** Runs a checked scenario from the command line: targets in turn, progress on stderr, report or table on stdout, exit code. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderCompareHtml } from "../report/compare-html.ts";
import { compareText } from "../report/compare-text.ts";
import type { Report } from "../report/report.ts";
import { renderText } from "../report/text.ts";
import { type ExecuteOptions, TargetUnavailable, targetNames } from "../run/execute.ts";
import { executors } from "../run/executors.ts";
import type { RunObserver } from "../run/observer.ts";
import { readIntervals } from "../run/run-folder.ts";
import type { Scenario } from "../scenario/schema.ts";
import { exitCodeOf, exitCodes, worstExitCode } from "./exit-code.ts";
import { explain, UsageError } from "./failure.ts";
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
  const watch = (): RunObserver[] => [...(flags.quiet === true ? [] : [status]), ...(metrics === null ? [] : [metrics.observer()])];
  const options: ExecuteOptions = {
    runsFolder: flags.runs,
    watch,
    signal: interrupt.signal,
    allowedHosts: flags.allowHost ?? [],
    say,
    ...(flags.resume === undefined ? {} : { resume: flags.resume }),
  };
  try {
    const { reports, codes } = await runTargets(scenario, options);
    if (reports.length > 0) print(reports, flags, targetNames(scenario).length > 1);
    return worstExitCode(codes);
  } finally {
    release();
    await metrics?.close();
  }
}

/** Each target in turn. With several, one that is unavailable is told and the others go on. */
async function runTargets(scenario: Scenario, options: ExecuteOptions): Promise<{ reports: Report[]; codes: number[] }> {
  const names = targetNames(scenario);
  const reports: Report[] = [];
  const codes: number[] = [];
  for (const name of names) {
    if (options.signal.aborted) break;
    try {
      if (names.length > 1) options.say(`target ${name} (${names.indexOf(name) + 1} of ${names.length})`);
      const report = await executors[scenario.kind](scenario as never, name, options);
      reports.push(report);
      codes.push(exitCodeOf(report));
    } catch (error) {
      if (names.length === 1) throw error;
      const { exitCode, text } = explain(error);
      options.say(text);
      codes.push(error instanceof TargetUnavailable ? exitCodes.pass : exitCode);
    }
  }
  if (reports.length === 0 && codes.every((code) => code === exitCodes.pass) && !options.signal.aborted)
    throw new UsageError("none of the targets is available on this machine");
  if (options.signal.aborted) codes.push(exitCodes.interrupted);
  return { reports, codes };
}

/** The first signal drains and reports, the second exits at once. */
function onSignals(interrupt: AbortController, say: (line: string) => void): () => void {
  const handle = (signal: NodeJS.Signals): void => {
    if (interrupt.signal.aborted) process.exit(exitCodes.interrupted);
    say(`${signal}: draining; the report follows. Again to exit at once.`);
    interrupt.abort();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, handle);
  return () => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, handle);
  };
}

function print(reports: Report[], flags: RunFlags, asTable: boolean): void {
  const out = (text: string): boolean => process.stdout.write(`${text.replace(/\n$/, "")}\n`);
  if (flags.json === true) {
    out(JSON.stringify(asTable ? { schema: 1, kind: "compare", runs: reports } : reports[0]));
    return;
  }
  for (const report of asTable ? [] : reports) out(renderText(report, { path: join(flags.runs, report.run) }));
  if (!asTable) {
    out(`HTML report: ${join(flags.runs, reports[0]!.run, "report.html")}`);
    return;
  }
  out(compareText(reports));
  out(`HTML report: ${writeComparison(reports, flags.runs)}`);
}

/** One page beside the runs it compares. */
function writeComparison(reports: Report[], runsFolder: string): string {
  const folder = join(runsFolder, "comparisons");
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${reports[0]!.run.slice(0, 15)}-${reports[0]!.kind}.html`);
  writeFileSync(path, renderCompareHtml(reports.map((report) => ({ report, intervals: readIntervals(join(runsFolder, report.run)) }))));
  return path;
}
