/** `holdfast agent`: takes shards of runs on this machine. */
import type { Command } from "commander";
import { runService } from "../service-process.ts";

const help = `
Options:
  --redis <URL>    Redis that jobs are taken from (default REDIS_URL)
  --slots <N>      maximum number of shard processes (default: one per core)
  --metrics <HOST:PORT>  serve the agent's own process metrics; the service lists the address for Prometheus
  --allow-host <HOST>  a host that this agent may dial besides loopback, may be repeated; all others are refused
  --name <NAME>    name of this agent (default: the host name)

HOLDFAST_AGENT_SECRET, or the file HOLDFAST_AGENT_SECRET_FILE names, signs everything in Redis; the service needs the same.
See docs/service.md.`;

export function addAgentCommand(program: Command, exit: (code: number) => void): void {
  program
    .command("agent")
    .description("run shards for a service (holdfast serve), through Redis")
    .usage("[options]")
    .allowUnknownOption()
    .allowExcessArguments()
    .configureHelp({ visibleOptions: () => [] })
    .addHelpText("after", help)
    .action(async (_flags: unknown, command: Command) => exit(await runService("agent", command.args)));
}
