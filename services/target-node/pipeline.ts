import { isUtf8 } from "node:buffer";
import { closeSync, openSync, readSync } from "node:fs";

const chunkBytes = 1 << 20;
const lineFeed = 10;
/** Bytes; a longer line aborts the job, to limit memory. */
const longestLine = 16 << 20;

/** The job's result, printed as one line of JSON. */
export type Account = {
  lines: number;
  uniqueUsers: number;
  bytes: number;
  events: Record<string, number>;
  bad: number;
  firstBadLine: number | null;
  parseMs: number;
};

/** Counts log lines; memory grows only with distinct users and events. */
export class LogTally {
  readonly #users = new Set<string>();
  readonly #events = new Map<string, number>();
  #lines = 0;
  #bad = 0;
  #firstBadLine: number | null = null;
  #latencySumMs = 0;

  /** The sum of `latency_ms` over the good lines. */
  get latencySumMs(): number {
    return this.#latencySumMs;
  }

  /** Adds one line, without its line ending. */
  add(text: string): void {
    this.#lines++;
    const line = parseLine(text);
    if (line === null) {
      this.#bad++;
      this.#firstBadLine ??= this.#lines;
      return;
    }
    this.#users.add(line.user_id);
    this.#events.set(line.event, (this.#events.get(line.event) ?? 0) + 1);
    this.#latencySumMs += line.latency_ms;
  }

  /** The result so far. */
  account(bytes: number, parseMs: number): Account {
    const events = Object.fromEntries(this.#events);
    return {
      lines: this.#lines,
      uniqueUsers: this.#users.size,
      bytes,
      events,
      bad: this.#bad,
      firstBadLine: this.#firstBadLine,
      parseMs,
    };
  }
}

type LogLine = { user_id: string; event: string; status: number; latency_ms: number };

function parseLine(text: string): LogLine | null {
  try {
    const line = JSON.parse(text) as Partial<Record<keyof LogLine, unknown>> | null;
    if (line === null || typeof line !== "object") return null;
    const { user_id, event, status, latency_ms } = line;
    if (
      typeof user_id !== "string" ||
      typeof event !== "string" ||
      !isFiniteNumber(status) ||
      !isFiniteNumber(latency_ms)
    )
      return null;
    return { user_id, event, status, latency_ms };
  } catch {
    return null;
  }
}

function isFiniteNumber(value: unknown): value is number {
  return Number.isFinite(value);
}

/** Passes a file's lines to `add`, chunk by chunk, and returns its size in bytes. Throws when a line is too long. */
export function readLines(path: string, add: (line: string) => void, sizeBytes: number = chunkBytes): number {
  const file = openSync(path, "r");
  try {
    const chunk = Buffer.allocUnsafe(sizeBytes);
    let bytes = 0;
    let rest = Buffer.alloc(0);
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) {
      bytes += read;
      const part = Buffer.concat([rest, chunk.subarray(0, read)]);
      const end = part.lastIndexOf(lineFeed) + 1;
      addWholeLines(part.subarray(0, end), add);
      rest = part.subarray(end);
      if (rest.length > longestLine) throw new Error(`a line is longer than ${longestLine} bytes`);
    }
    if (rest.length > 0) add(isUtf8(rest) ? rest.toString() : "");
    return bytes;
  } finally {
    closeSync(file);
  }
}

/**
 * Lines that are not valid UTF-8 are passed as empty ones, which are bad as well: decoded, two different ones could
 * become equal.
 */
function addWholeLines(bytes: Buffer, add: (line: string) => void): void {
  if (!isUtf8(bytes)) {
    for (
      let start = 0, end = bytes.indexOf(lineFeed);
      end !== -1;
      start = end + 1, end = bytes.indexOf(lineFeed, start)
    ) {
      const line = bytes.subarray(start, end);
      add(isUtf8(line) ? line.toString() : "");
    }
    return;
  }
  const text = bytes.toString();
  for (let start = 0, end = text.indexOf("\n"); end !== -1; start = end + 1, end = text.indexOf("\n", start))
    add(text.slice(start, end));
}

type Output = { write(text: string): unknown };

/** `pipeline FILE`: prints the result on stdout; returns the exit code. */
export function runPipeline(args: string[], stdout: Output, stderr: Output): number {
  const [path] = args;
  if (path === undefined || args.length !== 1) {
    stderr.write("usage: main.js pipeline FILE\n");
    return 2;
  }
  try {
    const started = performance.now();
    const tally = new LogTally();
    const bytes = readLines(path, (line) => tally.add(line));
    stdout.write(`${JSON.stringify(tally.account(bytes, Math.round((performance.now() - started) * 1000) / 1000))}\n`);
    return 0;
  } catch (error) {
    stderr.write(`error: pipeline: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}
