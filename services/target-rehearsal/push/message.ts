/** Offset of the `written` stamp in the message. */
export const writtenOffset = 16;

/** CLOCK_REALTIME or CLOCK_MONOTONIC, as in the message's clock field. */
export type ClockField = 0 | 1;

/** A push message without its write time. */
export interface Push {
  readonly tick: number;
  /** When the push was due, in the message's own clock. */
  readonly dueNs: bigint;
  readonly group: number;
  readonly clock: ClockField;
}

/** The `check` field: all other fields except `written`, folded into 32 bits. */
export function checkOf(push: Push): number {
  const high = Number(push.dueNs >> 32n);
  const low = Number(push.dueNs & 0xffff_ffffn);
  return (push.tick ^ high ^ low ^ push.group ^ 0x4846_0100 ^ push.clock) >>> 0;
}

/** A push message of `sizeBytes`, at least 32, without the `written` stamp. */
export function encodeMessage(push: Push, sizeBytes: number): Buffer {
  const message = Buffer.alloc(sizeBytes);
  message.writeUInt16BE(0x4846, 0);
  message.writeUInt8(1, 2);
  message.writeUInt8(push.clock, 3);
  message.writeUInt32BE(push.tick >>> 0, 4);
  message.writeBigUInt64BE(push.dueNs, 8);
  message.writeUInt32BE(push.group, 24);
  message.writeUInt32BE(checkOf({ ...push, tick: push.tick >>> 0 }), 28);
  return message;
}

/** A payload without a readable stamp, as from a service that does not keep the push contract. */
export function encodeUnstamped(sizeBytes: number): Buffer {
  return Buffer.alloc(sizeBytes, "no stamp here. ");
}

/** Header bytes in which a flipped bit breaks `check` and nothing else: tick, due, group and check itself. */
const corruptible = [4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31];

/** Flips one bit of the header, chosen by `choice` (a u32), and returns the offset of its byte. */
export function corrupt(message: Buffer, choice: number): number {
  const offset = corruptible[(choice >>> 3) % corruptible.length]!;
  message[offset]! ^= 1 << (choice & 7);
  return offset;
}

/**
 * Writes a u64 of nanoseconds, big-endian; below 2^53 without a BigInt, since this field is written once per
 * connection.
 */
export function writeNs(into: Buffer, ns: number | bigint, offset: number): void {
  if (typeof ns === "bigint") {
    into.writeBigUInt64BE(ns, offset);
    return;
  }
  const high = Math.floor(ns / 0x1_0000_0000);
  into.writeUInt32BE(high, offset);
  into.writeUInt32BE(ns - high * 0x1_0000_0000, offset + 4);
}
