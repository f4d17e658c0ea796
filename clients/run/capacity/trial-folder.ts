/** The files of one trial, kept small: its report, its seconds, and the first of its events. */
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Report } from "../../report/model/report.ts";
import type { RunObserver, Snapshot, TimedEvent } from "../coordinate/observer.ts";

const mostEvents = 200;

export class TrialFolder implements RunObserver {
  readonly #path: string;
  #events = 0;

  constructor(path: string) {
    this.#path = path;
    mkdirSync(path, { recursive: true });
    // A trial that a crash cut short is begun again.
    for (const name of ["intervals.ndjson", "events.ndjson"]) writeFileSync(join(path, name), "");
  }

  snapshot({ interval }: Snapshot): void {
    appendFileSync(join(this.#path, "intervals.ndjson"), `${JSON.stringify(interval)}\n`);
  }

  events(events: readonly TimedEvent[]): void {
    const kept = events.slice(0, mostEvents - this.#events);
    this.#events += kept.length;
    if (kept.length > 0) appendFileSync(join(this.#path, "events.ndjson"), kept.map((event) => `${JSON.stringify(event)}\n`).join(""));
  }

  ended(report: Report): void {
    writeFileSync(join(this.#path, "report.json"), JSON.stringify(report));
  }
}
