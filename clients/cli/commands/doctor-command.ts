/** `holdfast doctor`: what this host can carry, row by row, and the fix for what it cannot. */
import type { Command } from "commander";
import { worstVerdict } from "../../plan/preflight/preflight.ts";
import type { PreflightRow } from "../../plan/preflight/preflight-row.ts";
import { scenarioPreflight } from "../../run/prepare/scenario-preflight.ts";
import { parseScenarioText, readScenario } from "../../scenario/read-scenario.ts";
import { exitCodes } from "../exit-code.ts";
import { addRunsFolderFlag } from "../run-flags.ts";
import { readScenarioFile } from "./run-command.ts";

/** The table as text: row, value, need, verdict, and the fix below a row that needs one. */
export function doctorText(rows: readonly PreflightRow[]): string {
  const width = (of: (row: PreflightRow) => string): number => Math.max(...rows.map((row) => of(row).length));
  const [rowWidth, valueWidth] = [width(({ row }) => row), width(({ value }) => value)];
  if (rows.length === 0) return "nothing to check: each run of a comparison is checked before it starts";
  return rows
    .map(({ row, value, need, verdict, fix }) => {
      const line = `${verdict.padEnd(6)}  ${row.padEnd(rowWidth)}  ${value.padStart(valueWidth)}  needs ${need}`;
      return fix === null ? line : `${line}\n${" ".repeat(8)}fix: ${fix}`;
    })
    .join("\n");
}

export function addDoctorCommand(program: Command, exit: (code: number) => void): void {
  const number = (text: string): number => Number(text);
  const command = program
    .command("doctor [FILE]")
    .description("check this host's limits against a plan or a scenario file, with a fix for each that is too low")
    .option("--connections <N>", "connections of the plan", number, 10_000)
    .option("--replicas <N>", "processes of the target", number, 1)
    .option("--remote", "the target runs on another machine")
    .option("--json", "print the rows as JSON");
  addRunsFolderFlag(command).action(
    async (
      file: string | undefined,
      flags: { connections: number; replicas: number; remote?: boolean; json?: boolean; runs: string },
    ) => {
      const { connections, replicas } = flags;
      const scenario = readScenario(
        file === undefined
          ? { kind: "connections", connections, replicas }
          : parseScenarioText(readScenarioFile(file), file),
      );
      const rows = await scenarioPreflight(scenario, { runsFolder: flags.runs, targetIsLocal: flags.remote !== true });
      process.stdout.write(flags.json === true ? `${JSON.stringify(rows)}\n` : `${doctorText(rows)}\n`);
      exit(worstVerdict(rows) === "refuse" ? exitCodes.usage : exitCodes.pass);
    },
  );
}
