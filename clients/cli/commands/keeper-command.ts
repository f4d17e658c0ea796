/** `holdfast keeper`: tells a run what processes of this machine use. */
import type { Command } from "commander";
import { runService } from "../service-process.ts";

const help = `
Options:
  --pid <N[,N]>         processes to monitor, including their children, may be repeated
  --name <NAME[,NAME]>  names of the processes in reports and metrics, one each; one for several is numbered
  --command <COMMAND>   instead: start this command, monitor it, and let the run stop and start it
  --profile <PROFILER>  with --command: profile it with node (V8, each Node process) or perf (any program)
  --profile-folder <FOLDER>  where profiles are written (default: keeper-profiles)
  --listen <HOST:PORT>  address to listen on
  --token-file <FILE>   file with the token that callers must present; or HOLDFAST_KEEPER_TOKEN

Example:
  holdfast keeper --command "node server.js" --name api --profile node --listen 127.0.0.1:7070 --token-file keeper-token

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
