/** `holdfast keeper`: tells a run what processes of this machine use. */
import type { Command } from "commander";
import { runService } from "../service-process.ts";

const help = `
Options:
  --pid <N[,N]>         processes to watch, with all below them, may be repeated
  --name <NAME[,NAME]>  what the processes are called in reports and metrics, one name each; one for several is numbered
  --command <COMMAND>   instead: start this command, watch it, and let the run stop and start it
  --profile <PROFILER>  with --command: profile it by node (V8, each Node process) or perf (anything)
  --profile-folder <FOLDER>  where profiles are left (default: keeper-profiles)
  --listen <HOST:PORT>  where to answer
  --token-file <FILE>   file with the token that callers must have; or HOLDFAST_KEEPER_TOKEN

Example:
  holdfast keeper --command "node server.js" --name api --profile node --listen 127.0.0.1:7070 --token-file keeper-token

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
