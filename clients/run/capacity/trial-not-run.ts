/** A trial that could not be run: its row in the report, with the responsible side and the reason. */
import { ConnectionError } from "../../connection/connection-error.ts";
import type { LimitName } from "../../plan/search/limit-name.ts";
import type { CapacityTrial } from "../../report/model/schema/capacity-block.ts";
import type { CapacityScenario } from "../../scenario/capacity-schema.ts";
import { ScenarioError } from "../../scenario/read-scenario.ts";
import { TargetError } from "../../target/target-error.ts";
import type { TrialOrder } from "./trial.ts";
import { pushesPerSecond } from "./trial-scenario.ts";
import { varyingOf } from "./varyings.ts";

/**
 * The target is responsible when it did not start or does not respond. Everything else is the generator's: shards that
 * were not ready, no free port.
 */
function ownerOf(error: unknown): LimitName {
  if (error instanceof TargetError) return error.code === "no-port" ? "generator" : "target-not-started";
  return error instanceof ConnectionError || error instanceof ScenarioError ? "target-not-started" : "generator";
}

/** The first line of an error, and the last line of the log it quotes. */
function sentenceOf(error: unknown): string {
  const lines = (error instanceof Error ? error.message : String(error))
    .split("\n")
    .filter((line) => line.trim() !== "");
  return [lines[0] ?? "no reason was given", ...lines.slice(1).slice(-1)].join(" ");
}

/** The row of a trial that could not be run because of `error`. */
export function trialNotRun(
  scenario: CapacityScenario,
  { number, trial, goals }: TrialOrder,
  error: unknown,
  elapsedMs: number,
): CapacityTrial {
  const { load, purpose, durationMs } = trial;
  const { connections } = varyingOf(scenario).plan(scenario, load, { settleMs: 0, sustainMs: durationMs }).connections;
  return {
    number,
    load,
    connections,
    pushesPerSecond: pushesPerSecond(scenario, connections, load),
    purpose,
    durationMs,
    elapsedMs: Math.round(elapsedMs),
    outcome: Object.fromEntries(goals.map(({ name }) => [name, "invalid"])),
    verdict: "invalid",
    criterion: {},
    limitedBy: ownerOf(error),
    evidence: sentenceOf(error),
    p99Ms: null,
    burstP99Ms: null,
    lostRatio: null,
    closed: 0,
    refused: 0,
    targetCpu: null,
    targetRssMiB: null,
    targetFds: null,
    counters: [],
    notRun: true,
  };
}
