/** `holdfast agent`: takes shards of runs on this machine. */
import type { Command } from "commander";
import { runService } from "../service-process.ts";

const help = `
Options:
  --redis <URL>    where shards are announced and taken (default REDIS_URL)
  --slots <N>      shard processes at once (default: one a core)
  --metrics <HOST:PORT>  serve the agent's own process metrics; control tells Prometheus where
  --allow-host <HOST>  a host this agent may load beside loopback, may be repeated; it loads no other, whoever asks
  --name <NAME>    what to call this agent (default: the host's name)

HOLDFAST_AGENT_SECRET, or the file HOLDFAST_AGENT_SECRET_FILE names, signs what lies in Redis; control needs the same.
See docs/service.md.`;

export function addAgentCommand(program: Command, exit: (code: number) => void): void {
  program
    .command("agent")
    .description("run shards on behalf of a control service, over Redis")
    .usage("[options]")
    .allowUnknownOption()
    .allowExcessArguments()
    .configureHelp({ visibleOptions: () => [] })
    .addHelpText("after", help)
    .action(async (_flags: unknown, command: Command) => exit(await runService("agent", command.args)));
}
