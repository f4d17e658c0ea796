/** The push message (docs/targets.md): 32 bytes, big-endian, then padding. Read in place without allocating. */
import type { ClockOffset } from "./clock.ts";

const magic = 0x4846;
const headerBytes = 32;
const version = 1;

/** The fields of the message read last; one object is reused for all. */
export class PushReader {
  tick = 0;
  /**
   * When the push was due and written, CLOCK_MONOTONIC nanoseconds of the sender's host; `writtenNs` 0: not stamped.
   */
  dueNs = 0;
  writtenNs = 0;
  group = 0;

  /** Reads a message. `foreign`: not a push message; `corrupted`: its checksum does not match. */
  read(bytes: Buffer, start: number, end: number, offset: ClockOffset): "push" | "foreign" | "corrupted" {
    if (end - start < headerBytes || ((bytes[start]! << 8) | bytes[start + 1]!) !== magic) return "foreign";
    const clock = bytes[start + 3]!;
    const tick = bytes.readUInt32BE(start + 4);
    const dueHigh = bytes.readUInt32BE(start + 8);
    const dueLow = bytes.readUInt32BE(start + 12);
    const group = bytes.readUInt32BE(start + 24);
    const check = (tick ^ dueHigh ^ dueLow ^ group ^ ((magic << 16) | (version << 8)) ^ clock) >>> 0;
    if (bytes[start + 2] !== version || clock > 1 || check !== bytes.readUInt32BE(start + 28)) return "corrupted";
    this.tick = tick;
    this.group = group;
    this.dueNs = monotonicNs(dueHigh, dueLow, clock, offset);
    const writtenHigh = bytes.readUInt32BE(start + 16);
    const writtenLow = bytes.readUInt32BE(start + 20);
    this.writtenNs = writtenHigh === 0 && writtenLow === 0 ? 0 : monotonicNs(writtenHigh, writtenLow, clock, offset);
    return "push";
  }
}

/** Writes push messages. One buffer is reused for all. */
export class PushWriter {
  readonly #bytes: Buffer;

  readonly #isRealtime: boolean;

  constructor(bytes: number, clock: "monotonic" | "realtime") {
    this.#bytes = Buffer.alloc(Math.max(headerBytes, bytes));
    this.#isRealtime = clock === "realtime";
  }

  /** The message, valid until the next call; instants are CLOCK_MONOTONIC nanoseconds. */
  write(tick: number, dueNs: number, writtenNs: number, group: number, offset: ClockOffset): Buffer {
    const bytes = this.#bytes;
    bytes.writeUInt16BE(magic, 0);
    bytes[2] = version;
    bytes[3] = this.#isRealtime ? 0 : 1;
    bytes.writeUInt32BE(tick % 0x100000000, 4);
    bytes.writeBigUInt64BE(this.#stamp(dueNs, offset), 8);
    bytes.writeBigUInt64BE(this.#stamp(writtenNs, offset), 16);
    bytes.writeUInt32BE(group % 0x100000000, 24);
    const check =
      bytes.readUInt32BE(4) ^
      bytes.readUInt32BE(8) ^
      bytes.readUInt32BE(12) ^
      bytes.readUInt32BE(24) ^
      ((magic << 16) | (version << 8)) ^
      bytes[3];
    bytes.writeUInt32BE(check >>> 0, 28);
    return bytes;
  }

  #stamp(monotonicNs: number, { seconds, nanoseconds }: ClockOffset): bigint {
    if (!this.#isRealtime) return BigInt(Math.round(monotonicNs));
    return BigInt(seconds) * 1_000_000_000n + BigInt(Math.round(monotonicNs + nanoseconds));
  }
}

/**
 * Converts a u64 of nanoseconds to CLOCK_MONOTONIC. CLOCK_REALTIME exceeds 2^60, where a double is only precise to 256
 * ns.
 */
function monotonicNs(high: number, low: number, clock: number, offset: ClockOffset): number {
  const ns = high * 0x100000000 + low;
  return clock === 1 ? ns : ns - offset.seconds * 1e9 - offset.nanoseconds;
}
