/**
 * Reads the due time out of a message, wherever the scenario says it is. Our own push message is read in place; JSON
 * and binary locations serve services that do not speak it (docs/scenario.md).
 */
import type { ClockOffset } from "../../measure/clock.ts";
import type { Instant } from "../../measure/instant.ts";
import { PushReader } from "../../measure/push-message.ts";
import { parseStampLocation, type StampLocation } from "../../scenario/stamp-location.ts";
import { groupAt, instantOf, jsonAt, numberAt } from "./located-value.ts";

/** `push`: with a tick, so that a missing one is known; `stamped`: an instant only; `foreign`: neither. */
export type StampVerdict = "push" | "stamped" | "foreign" | "corrupted";

export class StampReader {
  tick = 0;
  /** When the push was due and written, our CLOCK_MONOTONIC; `writtenNs` 0: the message does not say. */
  dueNs = 0;
  writtenNs = 0;
  /** Kept current by the engine. */
  offset: ClockOffset = { seconds: 0, nanoseconds: 0 };
  readonly #push = new PushReader();
  readonly #targetClockOffsetNs: number;
  readonly #location: StampLocation;

  /** `stamp` is a scenario's `push.stamp`. Throws a sentence when it is none. */
  constructor(stamp: string, targetClockOffsetNs: number) {
    this.#targetClockOffsetNs = targetClockOffsetNs;
    this.#location = parseStampLocation(stamp);
  }

  /** `isText`: the message was sent as text, which holds no binary number. */
  read(bytes: Buffer, start: number, end: number, isText: boolean): StampVerdict {
    const location = this.#location;
    switch (location.kind) {
      case "none":
        return "foreign";
      case "holdfast":
        return this.#readPush(bytes, start, end);
      case "json":
        return this.#stamped(instantOf(jsonAt(bytes, start, end, location.path)), location);
      case "text":
        return this.#stamped(instantOf(groupAt(bytes, start, end, location.pattern)), location);
      case "binary":
        return isText ? "foreign" : this.#stamped(numberAt(bytes, start, end, location), location);
    }
  }

  #readPush(bytes: Buffer, start: number, end: number): StampVerdict {
    const push = this.#push;
    const verdict = push.read(bytes, start, end, this.offset);
    if (verdict !== "push") return verdict;
    // The offset is that of the monotonic clocks; realtime stamps (clock field 0) are of clocks that are synchronized
    // elsewhere.
    const offsetNs = bytes[start + 3] === 0 ? 0 : this.#targetClockOffsetNs;
    this.tick = push.tick;
    this.dueNs = push.dueNs - offsetNs;
    this.writtenNs = push.writtenNs === 0 ? 0 : push.writtenNs - offsetNs;
    return "push";
  }

  #stamped(
    value: bigint | number | Instant | null,
    { unitNs, clock }: { unitNs: number; clock: "realtime" | "monotonic" },
  ): StampVerdict {
    if (value === null) return "foreign";
    const { seconds, nanoseconds } = this.offset;
    let ns: number;
    if (typeof value === "object") {
      ns = (value.seconds - seconds) * 1e9 + value.nanoseconds - nanoseconds;
    } else if (typeof value === "bigint") {
      // Taken apart before it becomes a double: nanoseconds since 1970 do not fit one.
      const whole = value * BigInt(unitNs);
      ns = clock === "realtime" ? Number(whole - BigInt(seconds) * 1_000_000_000n) - nanoseconds : Number(whole);
    } else {
      ns = clock === "realtime" ? (value - seconds * (1e9 / unitNs)) * unitNs - nanoseconds : value * unitNs;
    }
    if (!Number.isFinite(ns)) return "foreign";
    this.dueNs = ns - (clock === "realtime" || typeof value === "object" ? 0 : this.#targetClockOffsetNs);
    this.writtenNs = 0;
    return "stamped";
  }
}
