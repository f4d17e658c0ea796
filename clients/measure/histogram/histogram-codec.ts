/**
 * HdrHistogram's V2 encoding (cookie, 40-byte header, zig-zag LEB128 counts with runs of zeros as negative numbers),
 * readable by the Java, C, Go, Python and Rust implementations: normalizing offset 0 and conversion ratio 1.0. Values
 * are microseconds.
 */
import { deflateSync, inflateSync } from "node:zlib";
import { Histogram } from "./histogram.ts";

const cookieV2 = 0x1c849303 | 0x10;
const cookieV2Compressed = 0x1c849304 | 0x10;
const headerBytes = 40;
const significantDigits = 3;
const highestTrackableUs = 2n ** 36n;

/** The uncompressed V2 bytes of a histogram. */
export function encodeHistogram(histogram: Histogram): Buffer {
  const { counts } = histogram;
  let last = counts.length - 1;
  while (last >= 0 && counts[last] === 0) last--;
  const bytes = Buffer.alloc(headerBytes + 9 * (last + 1));
  let at = headerBytes;
  for (let i = 0; i <= last; ) {
    let zeros = 0;
    while (i + zeros <= last && counts[i + zeros] === 0) zeros++;
    if (zeros > 0) {
      at = writeZigZag(bytes, at, -zeros);
      i += zeros;
    } else {
      at = writeZigZag(bytes, at, counts[i]!);
      i++;
    }
  }
  bytes.writeInt32BE(cookieV2, 0);
  bytes.writeInt32BE(at - headerBytes, 4);
  bytes.writeInt32BE(0, 8);
  bytes.writeInt32BE(significantDigits, 12);
  bytes.writeBigInt64BE(1n, 16);
  bytes.writeBigInt64BE(highestTrackableUs, 24);
  bytes.writeDoubleBE(1, 32);
  return bytes.subarray(0, at);
}

/**
 * The inverse of {@link encodeHistogram}; `maxUs` and `sumUs` where the sender supplied them separately. Throws on
 * another unit, precision or version.
 */
export function decodeHistogram(bytes: Buffer, maxUs?: number, sumUs?: number): Histogram {
  if (bytes.length < headerBytes || bytes.readInt32BE(0) !== cookieV2)
    throw new Error("histogram: expected HdrHistogram V2 bytes");
  if (bytes.readInt32BE(12) !== significantDigits || bytes.readBigInt64BE(16) !== 1n)
    throw new Error("histogram: expected 3 digits and unit 1");
  const end = headerBytes + bytes.readInt32BE(4);
  if (end > bytes.length) throw new Error("histogram: truncated");
  const cursor = { at: headerBytes };
  let length = 0;
  while (cursor.at < end) {
    const value = readZigZag(bytes, cursor);
    length += value >= 0 ? 1 : -value;
    if (length > 1 << 20) throw new Error("histogram: run of zeros too long");
  }
  // Runs of zeros need no writing: the array is zero-initialized.
  const counts = new Float64Array(length);
  cursor.at = headerBytes;
  for (let i = 0; cursor.at < end; ) {
    const value = readZigZag(bytes, cursor);
    if (value >= 0) counts[i++] = value;
    else i -= value;
  }
  return Histogram.fromCounts(counts, maxUs, sumUs);
}

/** The compressed, base64 form used in `.hlog` files. */
export function toHlogField(histogram: Histogram): string {
  const packed = deflateSync(encodeHistogram(histogram));
  const head = Buffer.alloc(8);
  head.writeInt32BE(cookieV2Compressed, 0);
  head.writeInt32BE(packed.length, 4);
  return Buffer.concat([head, packed]).toString("base64");
}

/** Reads a field written by {@link toHlogField} or by any HdrHistogram with the same precision and unit. */
export function fromHlogField(field: string): Histogram {
  const bytes = Buffer.from(field, "base64");
  if (bytes.length < 8 || bytes.readInt32BE(0) !== cookieV2Compressed)
    throw new Error("histogram: expected compressed HdrHistogram V2");
  return decodeHistogram(inflateSync(bytes.subarray(8), { maxOutputLength: 1 << 22 }));
}

/** Zig-zag LEB128 of up to 9 bytes. Numbers beyond 2^31 take a slower path, which counts rarely need. */
function writeZigZag(bytes: Buffer, start: number, value: number): number {
  let rest = value >= 0 ? value * 2 : -value * 2 - 1;
  let at = start;
  while (rest >= 0x80) {
    bytes[at++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  bytes[at++] = rest;
  return at;
}

function readZigZag(bytes: Buffer, cursor: { at: number }): number {
  // Most counts and runs fit in one byte.
  const first = bytes[cursor.at];
  if (first !== undefined && first < 0x80) {
    cursor.at++;
    return (first & 1) === 0 ? first >> 1 : -((first + 1) >> 1);
  }
  let value = 0;
  let scale = 1;
  for (;;) {
    const byte = bytes[cursor.at++];
    if (byte === undefined) throw new Error("histogram: truncated");
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) break;
    scale *= 0x80;
  }
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
