/** One command per kind of scenario, its flags made from the schema; `compare` has flags of its own. */
import type { Command } from "commander";
import { readScenario } from "../../scenario/read-scenario.ts";
import { type ScenarioKind, scenarioKinds } from "../../scenario/schema.ts";
import { addConversationFlags } from "../conversation-flags.ts";
import { addResumeFlag, scenarioOfRun } from "../resume-option.ts";
import { addRunFlags } from "../run-flags.ts";
import { type RunFlags, runScenario } from "../run-scenario.ts";
import { hasConversation, saidBy } from "../said-scenario.ts";
import { addScenarioFlags } from "../scenario-flags.ts";
import { addCompareCommand } from "./compare-command.ts";

const capacityExamples = `
Examples:
  holdfast capacity --target go                                                     # connections
  holdfast capacity --target go --vary connect-rate --goal "connect.p99<=200"       # connections opened per second
  holdfast capacity --target ws://HOST --vary publish-rate --connections 100 --publish-every 1s --publish-send '{{message}}'
  holdfast capacity --target http://HOST/PATH --vary streams --ends '[DONE]' --goal "firstEvent.p99<=300,gap.p99<=100"`;

export function addScenarioCommands(program: Command, exit: (code: number) => void): void {
  for (const [kind, schema] of Object.entries(scenarioKinds).filter(([kind]) => kind !== "compare"))
    addKind(program, kind as ScenarioKind, (schema as { description?: string }).description ?? "", exit);
  addCompareCommand(program, exit);
}

function addKind(program: Command, kind: ScenarioKind, description: string, exit: (code: number) => void): void {
  const command = targetFlag(addRunFlags(addScenarioFlags(program.command(kind).description(description), kind)));
  if (kind === "capacity") addResumeFlag(command).addHelpText("after", capacityExamples);
  if (hasConversation(kind)) addConversationFlags(command);
  command.action(async (flags: RunFlags & Record<string, unknown>) => {
    const scenario =
      flags.resume === undefined ? readScenario(saidBy(kind, flags)) : scenarioOfRun(flags.runs, flags.resume);
    exit(await runScenario(scenario, flags));
  });
}

/** `--target` is a list flag by its schema; here it only gets its help. */
function targetFlag(command: Command): Command {
  return command.addHelpText(
    "after",
    "\nTargets: go, cpython, pypy, node, rehearsal, or a URL (ws://, wss://, http://, https://, tcp://, nats://, mqtt://, mqtts://).",
  );
}
