/** The command line: declares commands and flags, nothing else. Each command is a file of its own. */
import { Command, CommanderError } from "commander";
import { holdfastVersion } from "../target/project-root.ts";
import { addAgentCommand } from "./commands/agent-command.ts";
import { addDashboardsCommand } from "./commands/dashboards-command.ts";
import { addDiffCommand } from "./commands/diff-command.ts";
import { addDoctorCommand } from "./commands/doctor-command.ts";
import { addInitCommand } from "./commands/init-command.ts";
import { addKeeperCommand } from "./commands/keeper-command.ts";
import { addReportCommand } from "./commands/report-command.ts";
import { addRunCommand } from "./commands/run-command.ts";
import { addRunsCommand } from "./commands/runs-command.ts";
import { addScenarioCommands } from "./commands/scenario-commands.ts";
import { addSelftestCommand } from "./commands/selftest-command.ts";
import { addServeCommand } from "./commands/serve-command.ts";
import { addStormCommand } from "./commands/storm-command.ts";
import { addTargetsCommand } from "./commands/targets-command.ts";
import { exitCodes } from "./exit-code.ts";
import { explain } from "./failure.ts";

const afterHelp = `
Examples:
  holdfast init socket.io
  holdfast connections --target go --connections 10000 --hold 60s
  holdfast connections --target ws://127.0.0.1:8080/feed --ping 10s --limit 'pingMs.p99 <= 50'
  holdfast compare --target go --target node --connections 5000 --hold 30s
  holdfast run scenario.yaml --json
  holdfast doctor --connections 45000 --replicas 3

Exit codes: 0 pass; 1 a limit was missed; 2 bad usage or scenario, nothing was started; 3 invalid: the generator or its host
failed first; 4 target unreachable or died; 130 interrupted, the partial report is saved.`;

/** The whole command line. Commands call `exit` with their exit code. */
export function buildProgram(exit: (code: number) => void): Command {
  const program = new Command("holdfast")
    .description(
      "Stress testing for long-lived connections: holds tens of thousands of sockets, timestamps every push in the kernel, attributes every disconnect to a cause.",
    )
    .version(holdfastVersion())
    .addHelpText("after", afterHelp)
    .showSuggestionAfterError()
    .exitOverride();
  addScenarioCommands(program, exit);
  addStormCommand(program, exit);
  addRunCommand(program, exit);
  addInitCommand(program, exit);
  addDoctorCommand(program, exit);
  addTargetsCommand(program, exit);
  addRunsCommand(program, exit);
  addReportCommand(program, exit);
  addDiffCommand(program, exit);
  addSelftestCommand(program, exit);
  addDashboardsCommand(program, exit);
  addServeCommand(program, exit);
  addAgentCommand(program, exit);
  addKeeperCommand(program, exit);
  return program;
}

/** Runs one command line and returns its exit code. Every failure becomes sentences on stderr. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  let exitCode: number = exitCodes.pass;
  const program = buildProgram((code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(argv as string[]);
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.pass : exitCodes.usage;
    const { exitCode: code, text } = explain(error);
    process.stderr.write(`holdfast: ${text}\n`);
    return code;
  }
}
