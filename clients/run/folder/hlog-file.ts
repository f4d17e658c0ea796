/**
 * latency.hlog: one line per latency every ten seconds in HdrHistogram's log format, in a bounded number of files of
 * bounded size.
 */
import { closeSync, existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { toHlogField } from "../../measure/histogram/histogram-codec.ts";
import { type Latency, latencyList } from "../../measure/latency.ts";
import type { Tally } from "../../measure/tally.ts";
import { openToAppend } from "./plain-file.ts";

/** Interval between lines, milliseconds. */
const everyMs = 10_000;
/**
 * A full file becomes latency.1.hlog, the previous one latency.2.hlog, and so on; the oldest is deleted. At most 256
 * MiB in total.
 */
const fullBytes = 32 * 2 ** 20;
const olderFiles = 7;

export class HlogFile {
  readonly #path: string;
  readonly #startedAt: string;
  readonly #fullBytes: number;
  #file: number;
  #sizeBytes = 0;
  #isCut = false;
  #from: { atMs: number; total: Tally | null } = { atMs: 0, total: null };

  constructor(path: string, startedAt: string, full: number = fullBytes) {
    this.#path = path;
    this.#startedAt = startedAt;
    this.#fullBytes = full;
    this.#file = this.#begin();
  }

  #begin(): number {
    this.#file = openToAppend(this.#path);
    this.#sizeBytes = 0;
    const startSeconds = Date.parse(this.#startedAt) / 1000;
    this.#write(
      `#[Histogram log format version 1.3]\n#[StartTime: ${startSeconds.toFixed(3)} (seconds since epoch), ${this.#startedAt}]\n`,
    );
    this.#write('"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"\n');
    return this.#file;
  }

  #write(text: string): void {
    // On a full disk the previous line may be incomplete; this one must not be appended to it.
    const line = this.#isCut ? `\n${text}` : text;
    this.#isCut = true;
    writeFileSync(this.#file, line);
    this.#isCut = false;
    this.#sizeBytes += Buffer.byteLength(line);
  }

  /** Processes one second's totals; writes every ten seconds, or at once if `isLast`. */
  take(atMs: number, total: Tally, isLast = false): void {
    const { atMs: fromMs, total: before } = this.#from;
    if (!isLast && atMs - fromMs < everyMs) return;
    for (const name of latencyList) {
      const window = total.histograms[name]?.since(before?.histograms[name]);
      if (window === undefined || window.count === 0) continue;
      const span = `${(fromMs / 1000).toFixed(3)},${((atMs - fromMs) / 1000).toFixed(3)}`;
      this.#write(`Tag=${name satisfies Latency},${span},${window.maxMs.toFixed(3)},${toHlogField(window)}\n`);
    }
    this.#from = { atMs, total };
    if (this.#sizeBytes >= this.#fullBytes) this.#rotate();
  }

  #rotate(): void {
    closeSync(this.#file);
    const older = (number: number): string => join(dirname(this.#path), `latency.${number}.hlog`);
    rmSync(older(olderFiles), { force: true });
    for (let number = olderFiles - 1; number >= 1; number--)
      if (existsSync(older(number))) renameSync(older(number), older(number + 1));
    renameSync(this.#path, older(1));
    this.#begin();
  }

  close(): void {
    closeSync(this.#file);
  }
}
