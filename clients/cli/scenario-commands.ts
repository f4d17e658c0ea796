/** One command per kind of scenario, its flags made from the schema; `compare` runs a connections scenario over several targets. */
import type { Command } from "commander";
import { presetOf } from "../scenario/presets.ts";
import { readScenario } from "../scenario/read-scenario.ts";
import { type ScenarioKind, scenarioKinds } from "../scenario/schema.ts";
import { addResumeFlag, scenarioOfRun } from "./resume-option.ts";
import { addRunFlags } from "./run-flags.ts";
import { type RunFlags, runScenario } from "./run-scenario.ts";
import { addScenarioFlags, overlay, scenarioFromFlags } from "./scenario-flags.ts";

const append = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];

export function addScenarioCommands(program: Command, exit: (code: number) => void): void {
  for (const [kind, schema] of Object.entries(scenarioKinds))
    addKind(program, kind as ScenarioKind, (schema as { description?: string }).description ?? "", exit);
  addCompare(program, exit);
}

function addKind(program: Command, kind: ScenarioKind, description: string, exit: (code: number) => void): void {
  const command = targetFlag(addRunFlags(addScenarioFlags(program.command(kind).description(description), kind)));
  if (kind === "capacity") addResumeFlag(command);
  command.action(async (flags: RunFlags & Record<string, unknown>) => {
    const scenario = flags.resume === undefined ? readScenario(scenarioFromFlags(kind, flags)) : scenarioOfRun(flags.runs, flags.resume);
    exit(await runScenario(scenario, flags));
  });
}

/** `--target` is a list flag by its schema; here it only gets its help. */
function targetFlag(command: Command): Command {
  return command.addHelpText("after", "\nTargets: go, cpython, pypy, node, rehearsal, or a URL (ws://, wss://, http://, https://, tcp://).");
}

function addCompare(program: Command, exit: (code: number) => void): void {
  const command = addRunFlags(
    addScenarioFlags(program.command("compare").description("the same scenario on several targets in turn, one table"), "connections"),
  );
  command.option("--preset <NAME>", "quick: a few minutes on all built-in targets", append);
  command.action(async (flags: RunFlags & { preset?: string[] } & Record<string, unknown>) => {
    const base = presetOf(flags.preset?.at(-1) ?? "quick");
    exit(await runScenario(readScenario(overlay(base, scenarioFromFlags("connections", flags))), flags));
  });
}
