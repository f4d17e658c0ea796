/** `holdfast run FILE`: a scenario from a YAML or JSON file. */
import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { isBlock } from "../../scenario/block.ts";
import { parseScenarioText, readScenario } from "../../scenario/read-scenario.ts";
import { UsageError } from "../failure.ts";
import { addRunFlags, append } from "../run-flags.ts";
import { type RunFlags, runScenario } from "../run-scenario.ts";

export function addRunCommand(program: Command, exit: (code: number) => void): void {
  addRunFlags(program.command("run").argument("<FILE>", "scenario in YAML or JSON, - for standard input"))
    .description("run a scenario file")
    .option("--target <NAME|URL>", "target to use instead of the file's, may be repeated", append)
    .action(async (file: string, flags: RunFlags & { target?: string[] }) => {
      const input = parseScenarioText(readScenarioFile(file), file);
      const field = isBlock(input) && input.kind === "compare" ? "targets" : "target";
      exit(
        await runScenario(
          readScenario(isBlock(input) && flags.target !== undefined ? { ...input, [field]: flags.target } : input),
          flags,
        ),
      );
    });
}

/** Text of a scenario file, - for standard input. Throws UsageError. */
export function readScenarioFile(file: string): string {
  try {
    return readFileSync(file === "-" ? 0 : file, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new UsageError(code === "ENOENT" ? `no scenario file at "${file}"` : `${file}: ${(error as Error).message}`);
  }
}
