/**
 * A run's folder, `runs/<id>/`: readable during the run, and complete up to the last second after a crash. Files are
 * either appended to or replaced as a whole (temporary file, then rename), so that readers never see a partial report.
 */
import { closeSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readProcessStat } from "../../measure/host/process-files.ts";
import { renderHtml } from "../../report/html/html.ts";
import type { Interval } from "../../report/model/interval.ts";
import type { Report } from "../../report/model/report.ts";
import { redact } from "../../scenario/redaction.ts";
import { isUrl } from "../../scenario/target-url.ts";
import type { RunObserver, Snapshot, TimedEvent } from "../coordinate/observer.ts";
import { HlogFile } from "./hlog-file.ts";
import { IntervalFile } from "./interval-file.ts";
import { makeFolder, openToAppend, readJson, readPlainFile, replaceFile } from "./plain-file.ts";
import { isReport } from "./stored-report.ts";

/** Format of a run id; nothing else is ever used as a path. */
const runIdPattern = /^[0-9]{8}-[0-9]{6}-[a-z0-9-]{1,60}$/;

/** A new run id: sorts by time and contains kind and target. */
export function newRunId(kind: string, target: string, at: Date, random: () => number): string {
  const [date = "", time = ""] = at.toISOString().replace(/[-:]/g, "").slice(0, 15).split("T");
  // A URL may contain secrets, and folder names are visible.
  const word = `${kind}-${isUrl(target) ? "url" : target}`
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 40)
    .replace(/-+$/, "");
  return `${date}-${time}-${word}-${Math.floor(random() * 0x10000)
    .toString(16)
    .padStart(4, "0")}`;
}

export function isRunId(text: string): boolean {
  return runIdPattern.test(text);
}

export class RunFolder implements RunObserver {
  readonly path: string;
  readonly #scenario: unknown;
  readonly #isJudgedLater: boolean;
  #intervals: IntervalFile | null = null;
  #events = -1;
  #hlog: HlogFile | null = null;
  #last: Snapshot | null = null;

  /**
   * `isJudgedLater`: the verdict is only known after the connections have ended and is added by {@link rewrite}; a
   * process killed in between leaves no verdict.
   */
  constructor(runsFolder: string, run: string, scenario: unknown, isJudgedLater = false) {
    this.path = join(runsFolder, run);
    this.#scenario = scenario;
    this.#isJudgedLater = isJudgedLater;
    makeFolder(this.path);
  }

  begun(report: Report): void {
    this.#replace("scenario.json", `${JSON.stringify(redact(this.#scenario), null, 2)}\n`);
    this.#intervals = new IntervalFile(join(this.path, "intervals.ndjson"));
    this.#events = openToAppend(join(this.path, "events.ndjson"));
    this.#hlog = new HlogFile(join(this.path, "latency.hlog"), report.timing.startedAt);
    this.#replace("report.json", JSON.stringify({ ...report, writer: thisWriter() }));
  }

  /** On a full disk one write may fail and the next succeed: each is attempted, and the first failure is thrown. */
  snapshot(snapshot: Snapshot): void {
    this.#last = snapshot;
    tryEach([
      () => this.#intervals?.add(snapshot.interval),
      () => this.#replace("report.json", JSON.stringify({ ...snapshot.report, writer: thisWriter() })),
      () => this.#hlog?.take(snapshot.interval.atMs, snapshot.total),
    ]);
  }

  events(events: readonly TimedEvent[]): void {
    writeFileSync(this.#events, events.map((event) => `${JSON.stringify(event)}\n`).join(""));
  }

  /** Throws when the final report cannot be written. Seconds that could not be written are mentioned in its notes. */
  ended(report: Report): void {
    const last = this.#last;
    try {
      tryEach([
        () => last !== null && this.#hlog?.take(last.interval.atMs, last.total, true),
        () => this.#intervals?.close(),
        () => this.#hlog?.close(),
        () => closeSync(this.#events),
      ]);
    } finally {
      if (this.#isJudgedLater)
        this.#replace(
          "report.json",
          JSON.stringify({ ...report, state: "running", verdict: null, reasons: [], writer: thisWriter() }),
        );
      else this.rewrite(report);
    }
  }

  /** Writes the final report, or rewrites it when something was added after the end; returns it. */
  rewrite(report: Report): Report {
    this.#replace("report.json", JSON.stringify(report, null, 2));
    this.#replace("report.html", renderHtml(report, readIntervals(this.path), readEvents(this.path, 20_000)));
    return report;
  }

  #replace(name: string, text: string): void {
    replaceFile(join(this.path, name), text);
  }
}

/** Runs each function, then throws the first failure. */
function tryEach(acts: readonly (() => unknown)[]): void {
  const failures: unknown[] = [];
  for (const act of acts) {
    try {
      act();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

/** Whether an event is listed in a report: a refusal, or an end that the generator did not initiate. */
const isLoss = ({ cause }: { cause?: string }): boolean =>
  cause !== undefined && cause !== "planned" && cause !== "interrupted";

function readLines<T>(path: string, most: number, isWanted: (line: T) => boolean = () => true): T[] {
  const lines: T[] = [];
  for (const line of (readPlainFile(path) ?? "").split("\n")) {
    if (line === "" || lines.length >= most) continue;
    try {
      const parsed = JSON.parse(line) as T | null;
      if (typeof parsed === "object" && parsed !== null && isWanted(parsed)) lines.push(parsed);
    } catch {
      // The last line of a killed run may be incomplete.
    }
  }
  return lines;
}

/** The intervals of a run in order; a line left incomplete by a crash is omitted. */
export function readIntervals(folder: string): Interval[] {
  return readLines<Interval>(join(folder, "intervals.ndjson"), Number.POSITIVE_INFINITY);
}

/** The first `most` events of a run that a report lists: refusals, and ends not initiated by the generator. */
export function readEvents(folder: string, most: number): (TimedEvent & { cause: string })[] {
  return readLines<TimedEvent & { cause: string }>(join(folder, "events.ndjson"), most, isLoss);
}

/** All events of a run, including reconnects and planned ends. */
export function readAllEvents(folder: string): TimedEvent[] {
  return readLines<TimedEvent>(join(folder, "events.ndjson"), Number.POSITIVE_INFINITY);
}

/**
 * Reads a run's report. A run whose process is gone without a final report is reported as interrupted. Null when there
 * is no such run, or its report is damaged.
 */
export function readReport(runsFolder: string, run: string): Report | null {
  if (!isRunId(run)) return null;
  const found = readJson(join(runsFolder, run, "report.json"));
  if (!isReport(found)) return null;
  const { writer, ...report } = found as Report & { writer?: Writer };
  if (report.state === "running" && !isAlive(writer)) {
    report.state = "interrupted";
    report.reasons = [
      { code: "killed", text: "the run's process died before the run ended; the figures are those of its last second" },
    ];
  }
  // Older versions gave an interrupted run the verdict based on its figures so far.
  if (report.state !== "finished") report.verdict = null;
  return report as Report;
}

/** The process that writes a run; its pid alone might have been reused. */
interface Writer {
  pid: number;
  startTicks: number | null;
}

/** This process, as recorded in report.json. */
export const thisWriter = (): Writer => ({
  pid: process.pid,
  startTicks: readProcessStat(process.pid)?.startTicks ?? null,
});

function isAlive(writer: Writer | undefined): boolean {
  if (!Number.isInteger(writer?.pid) || writer === undefined || writer.pid < 1) return false;
  if (writer.startTicks !== null) return readProcessStat(writer.pid)?.startTicks === writer.startTicks;
  try {
    return process.kill(writer.pid, 0);
  } catch {
    return false;
  }
}

/** The ids of all folders that may be runs, newest first; empty where the folder is missing or unreadable. */
export function listRuns(runsFolder: string): string[] {
  try {
    const entries = readdirSync(runsFolder, { withFileTypes: true });
    return entries
      .flatMap((entry) => (entry.isDirectory() && isRunId(entry.name) ? [entry.name] : []))
      .sort()
      .reverse();
  } catch {
    return [];
  }
}
