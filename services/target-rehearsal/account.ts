import { closeSync, openSync, writeSync } from "node:fs";
import { monotonicNs } from "./clock.ts";

/** The fields of a fact besides its time and its name. */
export type FactFields = Readonly<Record<string, unknown>>;

const flushEveryMs = 200;
const flushAtCharacters = 65_536;

/** The server's own account of what it did: one JSON object per line, in the order of events, written in batches. */
export class Account {
  #file: number | null;
  #waiting = "";
  #timer: NodeJS.Timeout | null = null;

  /** With an empty path no file is written; {@link Totals} are kept regardless. */
  constructor(path: string) {
    this.#file = path === "" ? null : openSync(path, "w");
    if (this.#file !== null) this.#timer = setInterval(() => this.flush(), flushEveryMs).unref();
  }

  /** Records a fact that happened now. */
  note(what: string, fields: FactFields = {}): void {
    if (this.#file === null) return;
    this.#waiting += `${JSON.stringify({ t: String(monotonicNs()), what, ...fields })}\n`;
    if (this.#waiting.length >= flushAtCharacters) this.flush();
  }

  /** Writes buffered facts to the file, for example before this process is killed or freezes. */
  flush(): void {
    if (this.#file === null || this.#waiting === "") return;
    let rest = Buffer.from(this.#waiting);
    this.#waiting = "";
    while (rest.length > 0) rest = rest.subarray(writeSync(this.#file, rest));
  }

  close(): void {
    this.flush();
    if (this.#timer) clearInterval(this.#timer);
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }
}
