/**
 * intervals.ndjson: a line a second, thinned with age so that a run of days keeps a bounded file. The thinned file is
 * written beside and renamed, a few lines in memory at a time: a crash loses nothing, and our own memory stays flat.
 */
import { closeSync, openSync, readSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type RetentionPolicy, soakRetention, thinOut } from "../../plan/soak-retention.ts";
import type { Interval } from "../../report/model/interval.ts";
import { openToAppend } from "./plain-file.ts";

/** Lines written between two thinnings: as many as stay one second apart. */
const thinEvery = 3600;
/** Lines thinned at a time. */
const chunkLines = 1000;
const readBytes = 1 << 18;

export class IntervalFile {
  readonly #path: string;
  readonly #policy: RetentionPolicy;
  readonly #thinEvery: number;
  #file: number;
  #sinceThinned = 0;
  #lastMs = 0;
  #isCut = false;

  constructor(path: string, policy: RetentionPolicy = soakRetention, every: number = thinEvery) {
    this.#path = path;
    this.#policy = policy;
    this.#thinEvery = every;
    this.#file = openToAppend(path);
  }

  add(interval: Interval): void {
    // A full disk may have taken part of the line before: this one must not be joined to it.
    const start = this.#isCut ? "\n" : "";
    this.#isCut = true;
    writeFileSync(this.#file, `${start}${JSON.stringify(interval)}\n`);
    this.#isCut = false;
    this.#lastMs = interval.atMs;
    if (++this.#sinceThinned >= this.#thinEvery) this.#thin();
  }

  close(): void {
    closeSync(this.#file);
  }

  /**
   * Rewrites the file. Groups cut apart at a chunk's end become one at the next thinning: merging twice is merging
   * once.
   */
  #thin(): void {
    const beside = join(dirname(this.#path), ".intervals.ndjson.tmp");
    rmSync(beside, { force: true });
    const to = openSync(beside, "wx");
    try {
      for (const chunk of chunksOf(this.#path)) {
        const kept = thinOut(chunk, this.#lastMs, this.#policy);
        writeFileSync(to, kept.map((line) => `${JSON.stringify(line)}\n`).join(""));
      }
    } finally {
      closeSync(to);
    }
    closeSync(this.#file);
    renameSync(beside, this.#path);
    this.#file = openToAppend(this.#path);
    this.#sinceThinned = 0;
  }

  /** Size on the disk, bytes. */
  get sizeBytes(): number {
    return statSync(this.#path).size;
  }
}

/** The lines of a file in pieces; one that is cut short is left out. */
function* chunksOf(path: string): Generator<Interval[]> {
  const from = openSync(path, "r");
  const buffer = Buffer.allocUnsafe(readBytes);
  let rest = "";
  let lines: Interval[] = [];
  try {
    for (let length = readSync(from, buffer); length > 0; length = readSync(from, buffer)) {
      // The lines are ASCII but for names from outside, which JSON.stringify leaves as they are; latin1 brings the
      // bytes back unchanged.
      const texts = (rest + buffer.toString("latin1", 0, length)).split("\n");
      rest = texts.pop() ?? "";
      for (const text of texts) {
        const line = lineOf(text);
        if (line === null) continue;
        lines.push(line);
        if (lines.length < chunkLines) continue;
        yield lines;
        lines = [];
      }
    }
    if (lines.length > 0) yield lines;
  } finally {
    closeSync(from);
  }
}

/** A line that was cut short is no second of the run. */
function lineOf(text: string): Interval | null {
  if (text === "") return null;
  try {
    return JSON.parse(Buffer.from(text, "latin1").toString("utf8")) as Interval;
  } catch {
    return null;
  }
}
