/** Expected duration of a scenario's run, for the remaining time of a comparison: its own phases plus start-up. */
import { durationMs } from "../../scenario/duration.ts";
import type { RunScenario } from "../../scenario/schema.ts";

/** Start and stop of a target including checks, milliseconds. */
const aroundMs = 4000;
/** One variant's run plus log generation, per line, on a slow machine, milliseconds. */
const lineMs = 0.05;
/** Duration of a search before any are known: a typical value, milliseconds. */
const searchMs = { quick: 600_000, standard: 7_200_000 } as const;

/** Milliseconds; off by some tens of percent, and replaced by measured durations once there are any. */
export function expectedMs(scenario: RunScenario): number {
  switch (scenario.kind) {
    case "connections":
    case "soak":
      return aroundMs + (scenario.connections / scenario.rampPerSecond) * 1000 + durationMs(scenario.hold);
    case "api":
      return aroundMs + (durationMs(scenario.warmUp) + durationMs(scenario.hold)) * (scenario.sweep?.length ?? 1);
    case "streams":
      return aroundMs + durationMs(scenario.warmUp) + durationMs(scenario.hold);
    case "pipeline":
      return aroundMs * (1 + scenario.starts / 2) + scenario.lines * lineMs * (1 + scenario.repeats);
    case "capacity":
      return searchMs[scenario.search.preset];
  }
}
