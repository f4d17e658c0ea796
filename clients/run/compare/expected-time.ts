/**
 * How long a run of a scenario is expected to take, for the time left of a comparison: its own times and what it takes
 * to start.
 */
import { durationMs } from "../../scenario/duration.ts";
import type { RunScenario } from "../../scenario/schema.ts";

/** Start and stop of a target, with what is checked before. */
const aroundMs = 4000;
/** One variant's run per line, and the making of the log; a slow machine's. */
const lineMs = 0.05;
/** Trials of a search that has nothing to go by: the middle of what they take. */
const searchMs = { quick: 600_000, standard: 7_200_000 } as const;

/** Milliseconds; wrong by some tens of percent, and replaced by what runs take once there are some. */
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
