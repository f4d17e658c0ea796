/** `holdfast serve`: the API, the live page and the metrics of runs. */
import type { Command } from "commander";
import { runService } from "../service-process.ts";

const help = `
Options:
  --host <HOST>               address to listen on (default 127.0.0.1); any other needs HOLDFAST_TOKEN in the environment
  --port <PORT>               default 8080; 0: any free port
  --runs <FOLDER>             where runs are kept (default runs, or HOLDFAST_RUNS)
  --allow-host <HOST>         a host that callers may use as a target besides the built-in ones, may be repeated
  --redis <URL>               run shards on agents (default REDIS_URL; without it they run on this machine);
                              HOLDFAST_AGENT_SECRET or HOLDFAST_AGENT_SECRET_FILE: the secret shared with agents
  --open-metrics              /metrics and /prometheus/targets need no token
  --at-once <N>               concurrent runs (default 4)
  --per-target <N>            concurrent runs against one target (default 1)
  --requests-per-minute <N>   from one address (default 1200)

API at /docs, page at /. See docs/service.md.`;

export function addServeCommand(program: Command, exit: (code: number) => void): void {
  program
    .command("serve")
    .description("serve the API, the live page and the runs' metrics")
    .usage("[options]")
    .allowUnknownOption()
    .allowExcessArguments()
    .configureHelp({ visibleOptions: () => [] })
    .addHelpText("after", help)
    .action(async (_flags: unknown, command: Command) => exit(await runService("control", command.args)));
}
