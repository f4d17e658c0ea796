/** `holdfast keeper`: tells a run what processes of this machine use. */
import type { Command } from "commander";
import { runService } from "../service-process.ts";

const help = `
Options:
  --pid <N[,N]>         processes to watch, with all below them, may be repeated
  --command <COMMAND>   instead: start this command, watch it, and let the run stop and start it
  --listen <HOST:PORT>  where to answer
  --token-file <FILE>   file with the token that callers must have; or HOLDFAST_KEEPER_TOKEN

A run reads it with --keeper http://HOST:PORT. See docs/keeper.md.`;

export function addKeeperCommand(program: Command, exit: (code: number) => void): void {
  program
    .command("keeper")
    .description("tell what a target on this machine uses, to a run on another")
    .usage("[options]")
    .allowUnknownOption()
    .allowExcessArguments()
    .configureHelp({ visibleOptions: () => [] })
    .addHelpText("after", help)
    .action(async (_flags: unknown, command: Command) => exit(await runService("keeper", command.args)));
}
