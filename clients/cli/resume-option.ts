/**
 * `--resume RUN`: goes on with a capacity search that was interrupted or crashed; its own scenario counts, not the
 * flags.
 */
import { join } from "node:path";
import type { Command } from "commander";
import { scenarioToResume } from "../run/capacity/search-folder.ts";
import { isRunId } from "../run/folder/run-folder.ts";
import { readScenario } from "../scenario/read-scenario.ts";
import type { Scenario } from "../scenario/schema.ts";
import { UsageError } from "./failure.ts";

export function addResumeFlag(command: Command): Command {
  return command.option(
    "--resume <RUN>",
    "continue this interrupted search; finished trials are not repeated, and other scenario flags are ignored",
  );
}

/** The scenario of a run as it was begun. Throws a UsageError when there is no such capacity run. */
export function scenarioOfRun(runsFolder: string, run: string): Scenario {
  const found = isRunId(run) ? scenarioToResume(join(runsFolder, run)) : null;
  if (found === null)
    throw new UsageError(
      `--resume: expected a capacity run in ${runsFolder}, but there is none called "${run}"; holdfast runs lists them`,
    );
  const scenario = readScenario(found);
  if (scenario.kind !== "capacity")
    throw new UsageError(`--resume: expected a capacity run, ${run} is of kind ${scenario.kind}`);
  return scenario;
}
