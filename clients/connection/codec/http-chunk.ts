/** Parses the line before a chunk (RFC 9112, section 7.1). */

/** Longest accepted chunk-size or trailer line, bytes: a size and room for extensions. */
export const mostChunkLineBytes = 8192;
/** Most digits of a chunk size after leading zeros: what a double represents exactly. */
const mostSizeDigits = 13;

/** The size given by the line from `start` to the line feed at `feed`, ignoring extensions; -1 when it is invalid. */
export function chunkSize(bytes: Buffer, start: number, feed: number): number {
  let size = 0;
  let digits = 0;
  let at = start;
  for (; at < feed; at++) {
    const digit = hexDigit(bytes[at]!);
    if (digit < 0) break;
    if (size > 0 || digit > 0) digits++;
    size = size * 16 + digit;
  }
  if (at === start || digits > mostSizeDigits) return -1;
  const end = bytes[feed - 1] === 13 ? feed - 1 : feed;
  while (at < end && (bytes[at] === 32 || bytes[at] === 9)) at++;
  return at >= end || bytes[at] === 59 ? size : -1;
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
