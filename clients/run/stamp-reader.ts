/**
 * Reads the due time out of a message, wherever the scenario says it is. Our own push message is read in place; JSON and binary
 * locations serve services that do not speak it (docs/scenario.md).
 */
import type { ClockOffset } from "../measure/clock.ts";
import { PushReader } from "../measure/push-message.ts";

export type StampVerdict = "push" | "foreign" | "corrupted";

export class StampReader {
  tick = 0;
  /** When the push was due and written, our CLOCK_MONOTONIC; `writtenNs` 0: the message does not say. */
  dueNs = 0;
  writtenNs = 0;
  /** Kept current by the engine. */
  offset: ClockOffset = { seconds: 0, nanoseconds: 0 };
  readonly #push = new PushReader();
  readonly #targetClockOffsetNs: number;
  readonly #isNone: boolean;

  constructor(stamp: string, targetClockOffsetNs: number) {
    this.#targetClockOffsetNs = targetClockOffsetNs;
    this.#isNone = stamp === "none";
  }

  read(bytes: Buffer, start: number, end: number): StampVerdict {
    if (this.#isNone) return "foreign";
    const push = this.#push;
    const verdict = push.read(bytes, start, end, this.offset);
    if (verdict !== "push") return verdict;
    this.tick = push.tick;
    this.dueNs = push.dueNs - this.#targetClockOffsetNs;
    this.writtenNs = push.writtenNs === 0 ? 0 : push.writtenNs - this.#targetClockOffsetNs;
    return "push";
  }
}
