/**
 * intervals.ndjson: one line per second, thinned with age so that the file stays bounded over days. The thinned file is
 * written to a temporary file and renamed, a few lines at a time: a crash loses nothing, and memory usage stays flat.
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
    // On a full disk the previous line may be incomplete; this one must not be appended to it.
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
   * Rewrites the file. Groups split at the end of a chunk are merged at the next thinning; merging twice gives the same
   * result.
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

  /** Size on disk, bytes. */
  get sizeBytes(): number {
    return statSync(this.#path).size;
  }
}

/** The lines of a file in chunks; incomplete ones are omitted. */
function* chunksOf(path: string): Generator<Interval[]> {
  const from = openSync(path, "r");
  const buffer = Buffer.allocUnsafe(readBytes);
  let rest = "";
  let lines: Interval[] = [];
  try {
    for (let length = readSync(from, buffer); length > 0; length = readSync(from, buffer)) {
      // The lines are ASCII except for external names, which JSON.stringify leaves unchanged; latin1 round-trips their
      // bytes.
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

/** Null for an incomplete line. */
function lineOf(text: string): Interval | null {
  if (text === "") return null;
  try {
    return JSON.parse(Buffer.from(text, "latin1").toString("utf8")) as Interval;
  } catch {
    return null;
  }
}
