/**
 * `holdfast storm`: a connections scenario in which many are dropped at once and come back; its flags are the
 * scenario's.
 */
import type { Command } from "commander";
import { readScenario } from "../../scenario/read-scenario.ts";
import { addConversationFlags } from "../conversation-flags.ts";
import { addRunFlags } from "../run-flags.ts";
import { type RunFlags, runScenario } from "../run-scenario.ts";
import { saidBy } from "../said-scenario.ts";
import { addScenarioFlags, overlay } from "../scenario-flags.ts";

/** What `holdfast storm` runs unless its flags say otherwise: everybody dropped 10 s into a minute. */
const usual = { kind: "connections", hold: "60s", push: { interval: "2s" }, storm: { after: "10s" } };

export function addStormCommand(program: Command, exit: (code: number) => void): void {
  const command = addRunFlags(
    addScenarioFlags(
      program
        .command("storm")
        .description(
          "disconnect all connections at once and measure how they come back: --storm-by, --storm-share, --storm-window, ...",
        ),
      "connections",
    ),
  );
  addConversationFlags(command);
  command.action(async (flags: RunFlags & Record<string, unknown>) => {
    exit(await runScenario(readScenario(overlay(usual, saidBy("connections", flags))), flags));
  });
}
