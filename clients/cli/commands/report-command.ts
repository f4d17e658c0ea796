/** `holdfast report RUN`: one run again, as text, HTML or JSON. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { renderComparisonHtml } from "../../report/compare/compare-page.ts";
import { renderHtml } from "../../report/html/html.ts";
import { comparisonOf } from "../../report/model/compare-block.ts";
import type { Report } from "../../report/model/report.ts";
import { listRuns, readEvents, readIntervals, readReport } from "../../run/folder/run-folder.ts";
import { UsageError } from "../failure.ts";
import { reportText } from "../report-text.ts";
import { addRunsFolderFlag } from "../run-flags.ts";

/** The report of a run; "last" is the newest. Throws a UsageError when there is no such run. */
export function requireReport(runsFolder: string, run: string): Report {
  const name = run === "last" ? newestRun(runsFolder) : run;
  const report = readReport(runsFolder, name);
  if (report === null) throw new UsageError(`expected a run in ${runsFolder}, there is none called "${run}"; holdfast runs lists them`);
  return report;
}

/** The newest run; the comparison it is a part of, where it is a part of one. */
function newestRun(runsFolder: string): string {
  const [newest = "", ...older] = listRuns(runsFolder);
  const comparisons = older.filter((run) => run.includes("-compare-")).slice(0, 1);
  return comparisons.find((run) => comparisonOf(readReport(runsFolder, run) as Report)?.runs.some((member) => member.run === newest)) ?? newest;
}

export function addReportCommand(program: Command, exit: (code: number) => void): void {
  addRunsFolderFlag(program.command("report").argument("<RUN>", 'run id, or "last"'))
    .description("print a run's report again, or write it as HTML")
    .option("--json", "print report.json")
    .option("--html <FILE>", "write the self-contained HTML page there, - for stdout")
    .action((run: string, flags: { runs: string; json?: boolean; html?: string }) => {
      const report = requireReport(flags.runs, run);
      const folder = join(flags.runs, report.run);
      if (flags.html !== undefined) {
        const comparison = comparisonOf(report);
        const page =
          comparison === null
            ? renderHtml(report, readIntervals(folder), readEvents(folder, 20_000))
            : renderComparisonHtml(comparison, (member) => readIntervals(join(flags.runs, member)));
        if (flags.html === "-") process.stdout.write(page);
        else writeFileSync(flags.html, page);
      } else process.stdout.write(flags.json === true ? `${JSON.stringify(report)}\n` : `${reportText(report, folder)}\n`);
      exit(0);
    });
}
