/** `holdfast keeper`: tells a run what processes of this machine use. */
import type { Command } from "commander";
import { runService } from "../service-process.ts";

const help = `
Options:
  --pid <N[,N]>         processes to monitor, including their children, may be repeated
  --command <COMMAND>   instead: start this command, monitor it, and let the run stop and start it
  --listen <HOST:PORT>  address to listen on
  --token-file <FILE>   file with the token that callers must present; or HOLDFAST_KEEPER_TOKEN

A run reads it with --keeper http://HOST:PORT. See docs/keeper.md.`;

export function addKeeperCommand(program: Command, exit: (code: number) => void): void {
  program
    .command("keeper")
    .description("report the memory and CPU of a target on this machine to a run on another machine")
    .usage("[options]")
    .allowUnknownOption()
    .allowExcessArguments()
    .configureHelp({ visibleOptions: () => [] })
    .addHelpText("after", help)
    .action(async (_flags: unknown, command: Command) => exit(await runService("keeper", command.args)));
}
