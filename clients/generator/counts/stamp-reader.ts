/**
 * Reads the due time out of a message, wherever the scenario says it is. Our own push message is read in place; JSON and binary
 * locations serve services that do not speak it (docs/scenario.md).
 */
import type { ClockOffset } from "../../measure/clock.ts";
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

  read(bytes: Buffer, start: number, end: number): StampVerdict {
    const location = this.#location;
    switch (location.kind) {
      case "none":
        return "foreign";
      case "holdfast":
        return this.#readPush(bytes, start, end);
      case "json":
        return this.#stamped(fieldOf(bytes, start, end, location.path), location);
      case "binary":
        return this.#stamped(numberAt(bytes, start, end, location), location);
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

  #stamped(value: bigint | number | string | null, { unitNs, clock }: { unitNs: number; clock: "realtime" | "monotonic" }): StampVerdict {
    const isRealtime = clock === "realtime" || typeof value === "string";
    const { seconds, nanoseconds } = this.offset;
    let ns: number;
    if (typeof value === "bigint") {
      // Taken apart before it becomes a double: nanoseconds since 1970 do not fit one.
      const whole = value * BigInt(unitNs);
      ns = isRealtime ? Number(whole - BigInt(seconds) * 1_000_000_000n) - nanoseconds : Number(whole);
    } else {
      const unit = typeof value === "string" ? 1e6 : unitNs;
      const number = typeof value === "string" ? Date.parse(value) : (value ?? Number.NaN);
      ns = isRealtime ? (number - seconds * (1e9 / unit)) * unit - nanoseconds : number * unit;
    }
    if (!Number.isFinite(ns)) return "foreign";
    this.dueNs = ns - (isRealtime ? 0 : this.#targetClockOffsetNs);
    this.writtenNs = 0;
    return "stamped";
  }
}

/** The value of a JSON field: a number, digits as a bigint, or the text of an instant; null when the message has none. */
function fieldOf(bytes: Buffer, start: number, end: number, path: readonly string[]): bigint | number | string | null {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8", start, end));
  } catch {
    return null;
  }
  for (const part of path) value = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[part] : undefined;
  if (typeof value === "number") return value;
  if (typeof value !== "string") return null;
  if (/^[0-9]{1,19}$/.test(value)) return BigInt(value);
  return Number.isNaN(Number(value)) ? value : Number(value);
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
