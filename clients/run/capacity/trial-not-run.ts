/** A trial that could not be run: its row in the report, with who caused it and why. */
import { ConnectionError } from "../../connection/connection-error.ts";
import type { LimitName } from "../../plan/search/limit-name.ts";
import type { CapacityTrial } from "../../report/model/schema/capacity-block.ts";
import type { CapacityScenario } from "../../scenario/capacity-schema.ts";
import { ScenarioError } from "../../scenario/read-scenario.ts";
import { TargetError } from "../../target/target-error.ts";
import { intervalAt, scenarioAt } from "./ceiling.ts";
import type { TrialOrder } from "./trial.ts";

/**
 * The target's doing: it did not come up, or does not answer. Anything else is ours: shards that were not ready, a port
 * that was not found.
 */
function ownerOf(error: unknown): LimitName {
  if (error instanceof TargetError) return error.code === "no-port" ? "generator" : "target-not-started";
  return error instanceof ConnectionError || error instanceof ScenarioError ? "target-not-started" : "generator";
}

/** The first line of an error, and the last one of the log it quotes. */
function sentenceOf(error: unknown): string {
  const lines = (error instanceof Error ? error.message : String(error))
    .split("\n")
    .filter((line) => line.trim() !== "");
  return [lines[0] ?? "no reason was given", ...lines.slice(1).slice(-1)].join(" ");
}

/** The row of a trial that `error` kept from being run. */
export function trialNotRun(
  scenario: CapacityScenario,
  { number, trial, goals }: TrialOrder,
  error: unknown,
  elapsedMs: number,
): CapacityTrial {
  const { load, purpose, durationMs } = trial;
  const { connections } = scenarioAt(scenario, load, durationMs);
  return {
    number,
    load,
    connections,
    pushesPerSecond: (connections * 1000) / intervalAt(scenario, load),
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
