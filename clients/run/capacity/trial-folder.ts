/** The files of one trial, kept small: its report, its intervals, and the first of its events. */
import { join } from "node:path";
import type { Report } from "../../report/model/report.ts";
import type { RunObserver, Snapshot, TimedEvent } from "../coordinate/observer.ts";
import { appendToFile, makeFolder, replaceFile } from "../folder/plain-file.ts";

const mostEvents = 200;

export class TrialFolder implements RunObserver {
  readonly #path: string;
  #events = 0;

  constructor(path: string) {
    this.#path = path;
    makeFolder(path);
    // A trial that a crash interrupted starts over.
    for (const name of ["intervals.ndjson", "events.ndjson"]) replaceFile(join(path, name), "");
  }

  snapshot({ interval }: Snapshot): void {
    appendToFile(join(this.#path, "intervals.ndjson"), `${JSON.stringify(interval)}\n`);
  }

  events(events: readonly TimedEvent[]): void {
    const kept = events.slice(0, mostEvents - this.#events);
    this.#events += kept.length;
    if (kept.length > 0)
      appendToFile(join(this.#path, "events.ndjson"), kept.map((event) => `${JSON.stringify(event)}\n`).join(""));
  }

  ended(report: Report): void {
    replaceFile(join(this.#path, "report.json"), JSON.stringify(report));
  }
}
