/** Flags every command that runs something has. */
import type { Command } from "commander";

/** Collects a flag that may be repeated. */
export const append = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];

/** The folder runs are kept in, for commands that only read them. */
export function addRunsFolderFlag(command: Command): Command {
  return command.option("--runs <FOLDER>", "where runs are kept", process.env.HOLDFAST_RUNS ?? "runs");
}

export function addRunFlags(command: Command): Command {
  return addRunsFolderFlag(command)
    .option("--json", "print the report, and nothing else, as JSON on stdout")
    .option("--quiet", "no progress on stderr")
    .option("--metrics <HOST:PORT>", "serve Prometheus metrics during the run")
    .option("--allow-host <HOST>", "allow a target that is not on this machine, may be repeated", append);
}
