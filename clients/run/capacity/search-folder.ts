/**
 * The folder of a capacity run: the report with the bounds so far, and at the end the files of the trial it is based
 * on.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { renderHtml } from "../../report/html/html.ts";
import type { Report } from "../../report/model/report.ts";
import { redact, secretsOf } from "../../scenario/redaction.ts";
import { makeFolder, ownerOnly, readJson, readPlainFile, replaceFile } from "../folder/plain-file.ts";
import { readEvents, readIntervals, thisWriter } from "../folder/run-folder.ts";
import { isReport } from "../folder/stored-report.ts";

/** The scenario as given, readable only by its owner, kept while the search can be resumed. */
const resumeFile = "resume.json";

/** The scenario of a search to resume; null when the run has none. */
export function scenarioToResume(runFolder: string): unknown {
  return readJson(join(runFolder, resumeFile)) ?? readJson(join(runFolder, "scenario.json"));
}

export class CapacityFolder {
  readonly path: string;

  constructor(runsFolder: string, run: string, scenario: unknown) {
    this.path = join(runsFolder, run);
    makeFolder(this.path);
    makeFolder(join(this.path, "trials"));
    this.#replace("scenario.json", `${JSON.stringify(redact(scenario), null, 2)}\n`);
    // A resumed search needs the secrets that its report does not show.
    if (secretsOf(scenario).length > 0) replaceFile(join(this.path, resumeFile), JSON.stringify(scenario), ownerOnly);
  }

  /** Updates the report while the search is running. */
  checkpoint(report: Report): void {
    this.#replace("report.json", JSON.stringify({ ...report, writer: thisWriter() }));
  }

  /** Writes the final report, with the intervals and events of the trial whose figures it shows. */
  finish(report: Report, trialFolder: string | null): void {
    for (const name of trialFolder === null ? [] : ["intervals.ndjson", "events.ndjson"]) {
      const text = readPlainFile(join(trialFolder!, name));
      if (text !== null) this.#replace(name, text);
    }
    this.#replace("report.json", JSON.stringify(report, null, 2));
    this.#replace("report.html", renderHtml(report, readIntervals(this.path), readEvents(this.path, 20_000)));
    if (report.state === "finished") rmSync(join(this.path, resumeFile), { force: true });
  }

  #replace(name: string, text: string): void {
    replaceFile(join(this.path, name), text);
  }
}

/** The report of one trial; null when it was not finished. */
export function readTrialReport(trialFolder: string): Report | null {
  const found = readJson(join(trialFolder, "report.json"));
  return isReport(found) ? found : null;
}
