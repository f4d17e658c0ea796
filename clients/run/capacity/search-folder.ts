/** The folder of a capacity run: the report with the bounds so far, and at the end the files of the trial it stands on. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderHtml } from "../../report/html/html.ts";
import type { Report } from "../../report/model/report.ts";
import { readEvents, readIntervals, thisWriter } from "../folder/run-folder.ts";

export class CapacityFolder {
  readonly path: string;

  constructor(runsFolder: string, run: string, scenario: unknown) {
    this.path = join(runsFolder, run);
    mkdirSync(join(this.path, "trials"), { recursive: true });
    writeFileSync(join(this.path, "scenario.json"), `${JSON.stringify(scenario, null, 2)}\n`);
  }

  /** Keeps the report current while the search goes on. */
  checkpoint(report: Report): void {
    this.#replace("report.json", JSON.stringify({ ...report, writer: thisWriter() }));
  }

  /** The last report, with the seconds and events of the trial whose figures it shows. */
  finish(report: Report, trialFolder: string | null): void {
    for (const name of trialFolder === null ? [] : ["intervals.ndjson", "events.ndjson"]) {
      if (existsSync(join(trialFolder!, name))) copyFileSync(join(trialFolder!, name), join(this.path, name));
    }
    this.#replace("report.json", JSON.stringify(report, null, 2));
    this.#replace("report.html", renderHtml(report, readIntervals(this.path), readEvents(this.path, 20_000)));
  }

  #replace(name: string, text: string): void {
    const beside = join(this.path, `.${name}.tmp`);
    writeFileSync(beside, text);
    renameSync(beside, join(this.path, name));
  }
}

/** The report of one trial, null when it was not finished. */
export function readTrialReport(trialFolder: string): Report | null {
  const path = join(trialFolder, "report.json");
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Report) : null;
}
