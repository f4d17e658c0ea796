/**
 * Reads the due time out of a message, wherever the scenario says it is. Our own push message is read in place; JSON and binary
 * locations serve services that do not speak it (docs/scenario.md).
 */
import type { ClockOffset } from "../../measure/clock.ts";
import { type Instant, readInstant } from "../../measure/instant.ts";
import { PushReader } from "../../measure/push-message.ts";
import { parseStampLocation, type StampLocation, stampTypes } from "../../scenario/stamp-location.ts";

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
        return this.#stamped(fieldOf(bytes, start, end, location.path), location);
      case "binary":
        return isText ? "foreign" : this.#stamped(numberAt(bytes, start, end, location), location);
    }
  }

  #readPush(bytes: Buffer, start: number, end: number): StampVerdict {
    const push = this.#push;
    const verdict = push.read(bytes, start, end, this.offset);
    if (verdict !== "push") return verdict;
    // The offset is that of the monotonic clocks; realtime stamps (clock field 0) are of clocks that are synchronized elsewhere.
    const offsetNs = bytes[start + 3] === 0 ? 0 : this.#targetClockOffsetNs;
    this.tick = push.tick;
    this.dueNs = push.dueNs - offsetNs;
    this.writtenNs = push.writtenNs === 0 ? 0 : push.writtenNs - offsetNs;
    return "push";
  }

  #stamped(value: bigint | number | Instant | null, { unitNs, clock }: { unitNs: number; clock: "realtime" | "monotonic" }): StampVerdict {
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

const wholeNumber = /^[0-9]{1,19}$/;
const number = /^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$/;

/** The value of a JSON field: a number, digits as a bigint, or an instant; null when the field holds nothing of these. */
function fieldOf(bytes: Buffer, start: number, end: number, path: readonly string[]): bigint | number | Instant | null {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8", start, end));
  } catch {
    return null;
  }
  for (const part of path) value = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[part] : undefined;
  if (typeof value === "number") return value;
  if (typeof value !== "string") return null;
  if (wholeNumber.test(value)) return BigInt(value);
  return number.test(value) ? Number(value) : readInstant(value);
}

function numberAt(bytes: Buffer, start: number, end: number, { offset, type }: { offset: number; type: keyof typeof stampTypes }): bigint | number | null {
  const at = start + offset;
  if (at + stampTypes[type] > end) return null;
  switch (type) {
    case "u32be":
      return bytes.readUInt32BE(at);
    case "u32le":
      return bytes.readUInt32LE(at);
    case "u64be":
      return bytes.readBigUInt64BE(at);
    case "u64le":
      return bytes.readBigUInt64LE(at);
    case "f64be":
      return bytes.readDoubleBE(at);
    case "f64le":
      return bytes.readDoubleLE(at);
  }
}
