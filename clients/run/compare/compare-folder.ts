/**
 * A comparison's folder: like that of any run, containing the reports of its runs, and report.md in addition to
 * report.html.
 */
import { join } from "node:path";
import { renderHtml } from "../../report/html/html.ts";
import { renderMarkdown } from "../../report/markdown.ts";
import type { ComparisonReport } from "../../report/model/figures/comparison.ts";
import { redact } from "../../scenario/redaction.ts";
import { makeFolder, replaceFile } from "../folder/plain-file.ts";
import { readIntervals, thisWriter } from "../folder/run-folder.ts";

export class CompareFolder {
  readonly path: string;
  readonly #runsFolder: string;

  constructor(runsFolder: string, run: string, scenario: unknown) {
    this.path = join(runsFolder, run);
    this.#runsFolder = runsFolder;
    makeFolder(this.path);
    this.#replace("scenario.json", `${JSON.stringify(redact(scenario), null, 2)}\n`);
  }

  /** Saves the report after each run: a crash loses only the run in progress. */
  checkpoint(report: ComparisonReport): void {
    this.#replace("report.json", JSON.stringify({ ...report, writer: thisWriter() }));
  }

  finish(report: ComparisonReport): ComparisonReport {
    this.#replace("report.json", JSON.stringify(report, null, 1));
    this.#replace("report.md", renderMarkdown(report));
    this.#replace(
      "report.html",
      renderHtml(report, [], [], { intervalsOf: (run) => readIntervals(join(this.#runsFolder, run)) }),
    );
    return report;
  }

  #replace(name: string, text: string): void {
    replaceFile(join(this.path, name), text);
  }
}
