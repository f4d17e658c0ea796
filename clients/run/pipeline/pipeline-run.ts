/**
 * One run of a pipeline scenario against one target:
 *
 *   prepare                                         hold                                  done
 *   log written, variants tried, starts timed  -->  repeats, one process at a time  -->  (profiles)  -->  report
 */
import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { readHostLimits } from "../../measure/host/host-limits.ts";
import type { LogPlan, LogTruth } from "../../plan/log-lines.ts";
import { pipelinePreflight } from "../../plan/preflight/preflight-needs.ts";
import type { Report } from "../../report/model/report.ts";
import { spreadOf } from "../../report/model/schema/pipeline-block.ts";
import { durationMs } from "../../scenario/duration.ts";
import { type PipelineScenario, uniqueUsersOf } from "../../scenario/pipeline-schema.ts";
import { ScenarioError } from "../../scenario/read-scenario.ts";
import { isUrl } from "../../scenario/target-url.ts";
import { deployableBytes, timeStart } from "../../target/footprint.ts";
import { readHostFacts } from "../../target/host.ts";
import { runMeasured } from "../../target/keeper/measured-command.ts";
import type { ManifestTarget } from "../../target/manifest.ts";
import type { ExecuteOptions } from "../execute.ts";
import { newRunId, RunFolder } from "../folder/run-folder.ts";
import { TargetUnavailable, usableTarget } from "../prepare/choose-target.ts";
import { checkRows } from "../prepare/plan-check.ts";
import { freeBytesBelow, writeLogFile } from "./log-file.ts";
import { judgeRun } from "./pipeline-answer.ts";
import { commandOf, type Order } from "./pipeline-order.ts";
import { profileVariants } from "./pipeline-profile.ts";
import { PipelineRecord } from "./pipeline-record.ts";
import { VariantRecord } from "./variant-record.ts";

/**
 * A tiny log on which every variant is tried first: it warms the disk cache and reveals missing dependencies, and
 * contributes to no figure.
 */
const probePlan: LogPlan = { lines: 64, bytesPerLine: 500, uniqueUsers: 9, badLines: 0, seed: 1 };

/**
 * Runs a pipeline scenario on one built-in target. Throws ScenarioError, PreflightRefused, TargetUnavailable or
 * TargetError before anything is measured.
 */
export async function executePipeline(
  scenario: PipelineScenario,
  name: string,
  options: ExecuteOptions,
): Promise<Report> {
  const plan = logPlan(scenario);
  if (isUrl(name))
    throw new ScenarioError([
      { field: "target", text: `a pipeline runs a command, not a server: expected a built-in target, got "${name}"` },
    ]);
  checkRows(pipelinePreflight(plan, await freeBytesBelow(options.runsFolder), readHostLimits()));
  return runPipeline(scenario, await usableTarget(name, options.say), plan, options);
}

/** The log parameters of a scenario. Throws ScenarioError when they are inconsistent. */
export function logPlan(scenario: PipelineScenario): LogPlan {
  const { lines, bytesPerLine, badLines, seed } = scenario;
  const uniqueUsers = uniqueUsersOf(scenario);
  const problems = [];
  if (badLines > lines)
    problems.push({ field: "badLines", text: `expected at most as many as lines (${lines}), got ${badLines}` });
  else if (uniqueUsers > lines - badLines) {
    problems.push({
      field: "uniqueUsers",
      text: `expected at most as many as good lines (${lines - badLines}), got ${uniqueUsers}; each user needs a line`,
    });
  }
  if (problems.length > 0) throw new ScenarioError(problems);
  return { lines, bytesPerLine, uniqueUsers, badLines, seed };
}

/** The same for a target known to be usable. */
export async function runPipeline(
  scenario: PipelineScenario,
  manifest: ManifestTarget,
  plan: LogPlan,
  options: ExecuteOptions,
): Promise<Report> {
  const variants = chosenVariants(manifest, scenario.variants);
  const run =
    options.newRun?.("pipeline", manifest.name) ?? newRunId("pipeline", manifest.name, new Date(), Math.random);
  const own = { ...scenario, target: manifest.name };
  const folder = new RunFolder(options.runsFolder, run, own);
  const target = { name: manifest.name, version: "", settings: {}, url: "", replicas: 1 };
  const observers = [folder, ...options.watch(run)];
  const record = new PipelineRecord({ run, scenario: own, target, host: readHostFacts(true), variants, observers });
  const path = resolve(folder.path);
  const order: Order = {
    scenario: own,
    manifest,
    variants,
    record,
    options,
    folder: path,
    logPath: join(path, "log.ndjson"),
  };
  await probe(order);
  record.begin();
  try {
    await measure(order, plan);
  } catch (error) {
    if (!options.signal.aborted) {
      record.finish("interrupted");
      throw error;
    }
  } finally {
    if (!scenario.keepFile) await rm(order.logPath, { force: true });
  }
  return record.finish(options.signal.aborted ? "interrupted" : "finished");
}

function chosenVariants(manifest: ManifestTarget, words: readonly string[] | undefined): VariantRecord[] {
  const { name, pipeline } = manifest;
  if (pipeline.length === 0)
    throw new ScenarioError([
      { field: "target", text: `target ${name} has no pipeline: its target.json has no command for it` },
    ]);
  const chosen = pipeline.filter(({ variant }) => words === undefined || words.some((word) => variant.includes(word)));
  if (chosen.length === 0) {
    const names = pipeline.map(({ variant }) => variant).join(", ");
    throw new TargetUnavailable(
      name,
      `none of its variants (${names}) has ${words?.join(" or ")} in its name`,
      "part of a variant name in --variants",
    );
  }
  return chosen.map(({ variant, command }) => new VariantRecord(variant, command));
}

async function measure(order: Order, plan: LogPlan): Promise<void> {
  const { scenario, manifest, variants, record, options } = order;
  const { signal, say } = options;
  say(`writing a log of ${plan.lines} lines`);
  const written = await writeLogFile(order.logPath, plan, signal);
  record.know(written);
  const { truth } = written;
  await measureFootprint(order);
  record.enter("hold");
  // Observers see every variant at zero before its first run, so that a counter's first increase is visible.
  record.tick();
  for (const [variant, repeat] of sequence(variants, scenario)) {
    if (signal.aborted) return;
    if (!variant.isSound) continue;
    const said = await runOnce(order, variant, { path: order.logPath, truth, isProbe: false });
    say(`${manifest.name} run ${repeat} of ${scenario.repeats}, ${variant.name}: ${said}`);
    record.tick();
  }
  if (scenario.profile) await profileVariants(order);
}

/**
 * The order of variants: interleaved, so that a slow minute of the machine affects all of them, or one after the other.
 */
function* sequence(
  variants: readonly VariantRecord[],
  { repeats, order }: PipelineScenario,
): Generator<[VariantRecord, number]> {
  const [outer, inner] = order === "interleaved" ? [repeats, variants.length] : [variants.length, repeats];
  for (let i = 0; i < outer; i++) {
    for (let j = 0; j < inner; j++) yield order === "interleaved" ? [variants[j]!, i + 1] : [variants[i]!, j + 1];
  }
}

/** Tries every variant on a tiny log. Throws TargetUnavailable when none can run, and then removes the folder. */
async function probe(order: Order): Promise<void> {
  const { manifest, variants, folder, options } = order;
  const path = join(folder, "probe.ndjson");
  const { truth } = await writeLogFile(path, probePlan);
  try {
    for (const variant of variants)
      if (!options.signal.aborted) await runOnce(order, variant, { path, truth, isProbe: true });
  } finally {
    await rm(path, { force: true });
  }
  if (!variants.every(({ state }) => state === "unavailable")) return;
  await rm(folder, { recursive: true, force: true });
  const why = variants.map((variant) => `${variant.name}: ${variant.why}`).join("; ");
  throw new TargetUnavailable(
    manifest.name,
    why,
    manifest.needs.map(({ install }) => install).join("; ") || "what its README lists",
  );
}

/** Runs a variant once, records it, and returns a line about it. */
async function runOnce(
  order: Order,
  variant: VariantRecord,
  on: { path: string; truth: LogTruth; isProbe: boolean },
): Promise<string> {
  const { scenario, manifest, options } = order;
  const timeoutMs = durationMs(scenario.timeout);
  const memoryMiB = scenario.targetMemoryMiB ?? null;
  try {
    const end = await runMeasured(
      { command: commandOf(order, variant, on.path), folder: manifest.folder, timeoutMs, memoryMiB },
      options.signal,
    );
    if (end.killedFor === "stop") return "stopped";
    const judged = judgeRun(end, on.truth, { timeoutMs, memoryMiB, isProbe: on.isProbe });
    variant.take(end, judged, !on.isProbe);
    return judged.state === "ok" ? `${end.elapsedMs.toFixed(0)} ms` : `${judged.state}: ${judged.why}`;
  } catch (error) {
    variant.refuse((error as Error).message);
    return (error as Error).message;
  }
}

async function measureFootprint({ scenario, manifest, record, options, folder }: Order): Promise<void> {
  const elapsed: number[] = [];
  const footprint = () => ({
    startUpMs: spreadOf(elapsed),
    starts: elapsed.length,
    deployableBytes: deployableBytes(manifest),
  });
  for (let start = 0; start < scenario.starts && !options.signal.aborted; start++) {
    try {
      const { elapsedMs, health } = await timeStart(
        manifest,
        join(folder, `target-${manifest.name}-start.log`),
        scenario.targetCpus ?? null,
        options.signal,
      );
      elapsed.push(elapsedMs);
      record.meet([health.runtime, health.framework].filter((part) => part !== "").join(", "), health.settings);
    } catch (error) {
      if (!options.signal.aborted)
        record.note({
          code: "no-start-up",
          text: `the time to start was not measured: ${(error as Error).message.split("\n")[0]}`,
        });
      break;
    }
  }
  record.footprint = footprint();
}
