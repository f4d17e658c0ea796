/**
 * Reads the due time from a message, wherever the scenario says it is. Holdfast's own push message is read in place;
 * JSON and binary locations serve other services (docs/scenario.md).
 */
import type { ClockOffset } from "../../measure/clock.ts";
import type { Instant } from "../../measure/instant.ts";
import { PushReader } from "../../measure/push-message.ts";
import { parseStampLocation, type StampLocation } from "../../scenario/stamp-location.ts";
import { groupAt, instantOf, jsonAt, numberAt } from "./located-value.ts";

/** `push`: with a tick, so missing ones can be detected; `stamped`: only an instant; `foreign`: neither. */
export type StampVerdict = "push" | "stamped" | "foreign" | "corrupted";

export class StampReader {
  tick = 0;
  /**
   * When the push was due and written, CLOCK_MONOTONIC of the generator; `writtenNs` is 0 when the message does not
   * carry it.
   */
  dueNs = 0;
  writtenNs = 0;
  /** Kept current by the engine. */
  offset: ClockOffset = { seconds: 0, nanoseconds: 0 };
  readonly #push = new PushReader();
  readonly #targetClockOffsetNs: number;
  readonly #location: StampLocation;

  /** `stamp` is a scenario's `push.stamp`. Throws a sentence when it is invalid. */
  constructor(stamp: string, targetClockOffsetNs: number) {
    this.#targetClockOffsetNs = targetClockOffsetNs;
    this.#location = parseStampLocation(stamp);
  }

  /** `isText`: the message was sent as text, so binary numbers are not looked for. */
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
    // The offset relates monotonic clocks. Realtime stamps (clock field 0) come from clocks synchronized by other
    // means.
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
      // Split before converting to a double: nanoseconds since 1970 do not fit in one.
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
