/** Encodes and validates WebSocket frames (RFC 6455, section 5). */
import { isUtf8 } from "node:buffer";
import { randomFillSync } from "node:crypto";
import type { ViolationRule } from "./protocol.ts";

export const opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** Random bytes for masks, generated in bulk: one call per frame would cost more than the frame. */
const randomness = Buffer.alloc(8192);
let used = randomness.length;

/** Offset of the next four unused random bytes. */
function nextMask(): number {
  if (used === randomness.length) {
    randomFillSync(randomness);
    used = 0;
  }
  used += 4;
  return used - 4;
}

/**
 * Client frames are masked, each with fresh, unpredictable bytes (section 5.3). Returns a new buffer; not for the hot
 * path of reading.
 */
export function encodeFrame(code: number, payload: Uint8Array, mask?: Uint8Array): Buffer {
  const length = payload.length;
  const extended = length < 126 ? 0 : length < 65536 ? 2 : 8;
  const frame = Buffer.allocUnsafe(2 + extended + 4 + length);
  frame[0] = 0x80 | code;
  frame[1] = 0x80 | (extended === 0 ? length : extended === 2 ? 126 : 127);
  if (extended === 2) frame.writeUInt16BE(length, 2);
  if (extended === 8) frame.writeBigUInt64BE(BigInt(length), 2);
  const body = 2 + extended + 4;
  const key = body - 4;
  if (mask === undefined) {
    const from = nextMask();
    for (let i = 0; i < 4; i++) frame[key + i] = randomness[from + i]!;
  } else frame.set(mask, key);
  for (let i = 0; i < length; i++) frame[body + i] = payload[i]! ^ frame[key + (i & 3)]!;
  return frame;
}

/** A close frame with a code (section 5.5.1); 0 sends an empty one. */
export function encodeClose(code: number): Buffer {
  if (code === 0) return encodeFrame(opcode.close, new Uint8Array(0));
  return encodeFrame(opcode.close, Uint8Array.of(code >> 8, code & 255));
}

/** Whether a close code may appear on the wire (section 7.4, and the registry's 1012 to 1014). */
export function isCloseCodeLegal(code: number): boolean {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

/** Whether bytes are UTF-8. Most text is ASCII, which is recognized without creating a view. */
export function isText(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at]! >= 0x80) return isUtf8(bytes.subarray(at, end));
  return true;
}

/** The rule a frame header violates, or null. */
export function frameViolation(
  first: number,
  second: number,
  code: number,
  length: number,
  fragmented: number,
  maxMessageBytes: number,
): ViolationRule | null {
  if ((first & 0x70) !== 0) return "reserved-bits";
  if ((second & 0x80) !== 0) return "masked-by-server";
  if (code >= 8) {
    if (code > 10) return "bad-opcode";
    if ((first & 0x80) === 0) return "fragmented-control";
    return (second & 0x7f) > 125 ? "control-too-long" : null;
  }
  if (code > 2) return "bad-opcode";
  if (code === opcode.continuation && fragmented === 0) return "continuation-without-start";
  if (code !== opcode.continuation && fragmented !== 0) return "start-inside-fragments";
  return length > maxMessageBytes ? "message-too-large" : null;
}
