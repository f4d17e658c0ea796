/** `holdfast report RUN`: one run again, as text, HTML or JSON. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { renderHtml } from "../../report/html/html.ts";
import { renderMarkdown } from "../../report/markdown.ts";
import { comparisonOf } from "../../report/model/figures/comparison.ts";
import type { Report } from "../../report/model/report.ts";
import { renderText } from "../../report/text/text.ts";
import { listRuns, readEvents, readIntervals, readReport } from "../../run/folder/run-folder.ts";
import { UsageError } from "../failure.ts";
import { addRunsFolderFlag } from "../run-flags.ts";

/** The report of a run; "last" is the newest. Throws a UsageError when there is no such run. */
export function requireReport(runsFolder: string, run: string): Report {
  const name = run === "last" ? newestRun(runsFolder) : run;
  const report = readReport(runsFolder, name);
  if (report === null)
    throw new UsageError(`expected a run in ${runsFolder}, there is none called "${run}"; holdfast runs lists them`);
  return report;
}

/** The newest run; the comparison it is a part of, where it is a part of one. */
function newestRun(runsFolder: string): string {
  const [newest = "", ...older] = listRuns(runsFolder);
  for (const run of older) {
    const report = readReport(runsFolder, run);
    const comparison = report === null ? null : comparisonOf(report);
    if (comparison !== null) return comparison.summary.members.some((member) => member.run === newest) ? run : newest;
  }
  return newest;
}

function write(file: string, text: string): void {
  if (file === "-") process.stdout.write(text);
  else writeFileSync(file, text);
}

export function addReportCommand(program: Command, exit: (code: number) => void): void {
  addRunsFolderFlag(program.command("report").argument("<RUN>", 'run id, or "last"'))
    .description("print a run's report again, or write it as HTML or Markdown")
    .option("--json", "print report.json")
    .option("--html <FILE>", "write the self-contained HTML page there, - for stdout")
    .option("--markdown <FILE>", "write it as Markdown there, - for stdout")
    .action((run: string, flags: { runs: string; json?: boolean; html?: string; markdown?: string }) => {
      const report = requireReport(flags.runs, run);
      const folder = join(flags.runs, report.run);
      if (flags.html !== undefined) {
        const intervalsOf = (member: string) => readIntervals(join(flags.runs, member));
        const page = renderHtml(report, readIntervals(folder), readEvents(folder, 20_000), { intervalsOf });
        write(flags.html, page);
      } else if (flags.markdown !== undefined) write(flags.markdown, renderMarkdown(report));
      else
        process.stdout.write(
          flags.json === true ? `${JSON.stringify(report)}\n` : `${renderText(report, { path: folder }).trimEnd()}\n`,
        );
      exit(0);
    });
}
