/**
 * Presents the trials of a capacity search to the run's observers as a single run: counts accumulate over the trials
 * while the bounds converge.
 */

import type { Phase } from "../../measure/phase.ts";
import { Tally } from "../../measure/tally.ts";
import type { Report } from "../../report/model/report.ts";
import type { CapacityBlock } from "../../report/model/schema/capacity-block.ts";
import type { CapacityScenario } from "../../scenario/capacity-schema.ts";
import { redact } from "../../scenario/redaction.ts";
import type { RunObserver, Snapshot, TimedEvent } from "../coordinate/observer.ts";

/** The search's side of the report while a trial runs. */
export interface ProgressSource {
  run: string;
  scenario: CapacityScenario;
  startedAt: string;
  /** The current block, with its progress line. */
  block: () => CapacityBlock;
  checkpoint: (report: Report) => void;
}

export class CapacityProgress implements RunObserver {
  readonly #source: ProgressSource;
  readonly #watchers: readonly RunObserver[];
  /** Total counts of the finished trials. */
  readonly #finished = new Tally();
  #last: Tally | null = null;
  #isBegun = false;

  constructor(source: ProgressSource, watchers: readonly RunObserver[]) {
    this.#source = source;
    this.#watchers = watchers;
  }

  /** The current report of the search with the figures of a trial. */
  reportAround(trial: Report): Report {
    const { run, scenario, startedAt, block } = this.#source;
    const timing = { ...trial.timing, startedAt, endedAt: null };
    return {
      ...trial,
      run,
      kind: "capacity",
      state: "running",
      verdict: null,
      reasons: [],
      timing,
      scenario: redact(scenario),
      capacity: block(),
    };
  }

  begun(trial: Report): void {
    const report = this.reportAround(trial);
    this.#source.checkpoint(report);
    if (this.#isBegun) return;
    this.#isBegun = true;
    for (const watcher of this.#watchers) watcher.begun?.(report);
  }

  phase(phase: Phase, atMs: number): void {
    if (phase === "done") return;
    for (const watcher of this.#watchers) watcher.phase?.(phase, atMs);
  }

  snapshot(snapshot: Snapshot): void {
    const report = this.reportAround(snapshot.report);
    this.#source.checkpoint(report);
    this.#last = snapshot.total;
    const total = new Tally();
    total.add(this.#finished);
    total.add(snapshot.total);
    for (const watcher of this.#watchers) watcher.snapshot?.({ ...snapshot, report, total });
  }

  events(events: readonly TimedEvent[]): void {
    for (const watcher of this.#watchers) watcher.events?.(events);
  }

  /** A trial ended; the search continues. */
  ended(): void {
    if (this.#last !== null) this.#finished.add(this.#last);
    this.#last = null;
  }

  /** The search ended. */
  finish(report: Report): void {
    for (const watcher of this.#watchers) {
      watcher.phase?.("done", 0);
      watcher.ended?.(report);
    }
  }
}
