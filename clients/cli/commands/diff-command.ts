/**
 * `holdfast diff BEFORE AFTER`: what changed between two runs beyond noise; exits 1 on a regression, 3 when a run is
 * invalid or unfinished.
 */
import { join } from "node:path";
import type { Command } from "commander";
import { diffReports, diffText } from "../../report/compare/diff.ts";
import { readIntervals } from "../../run/folder/run-folder.ts";
import { exitCodes } from "../exit-code.ts";
import { addRunsFolderFlag } from "../run-flags.ts";
import { requireReport } from "./report-command.ts";

export function addDiffCommand(program: Command, exit: (code: number) => void): void {
  addRunsFolderFlag(program.command("diff").argument("<BEFORE>", "run id").argument("<AFTER>", 'run id, or "last"'))
    .description(
      "compare two runs, allowing for noise; exits 1 if the second is worse, 3 if either is invalid or unfinished",
    )
    .option("--json", "print the rows as JSON")
    .action((before: string, after: string, flags: { runs: string; json?: boolean }) => {
      const reports = [requireReport(flags.runs, before), requireReport(flags.runs, after)] as const;
      const intervals = reports.map(({ run }) => readIntervals(join(flags.runs, run)));
      const diff = diffReports(reports[0], reports[1], {
        beforeIntervals: intervals[0] ?? [],
        afterIntervals: intervals[1] ?? [],
      });
      process.stdout.write(flags.json === true ? `${JSON.stringify(diff)}\n` : `${diffText(diff).trimEnd()}\n`);
      exit(!diff.isConclusive ? exitCodes.invalid : diff.isRegression ? exitCodes.fail : exitCodes.pass);
    });
}
