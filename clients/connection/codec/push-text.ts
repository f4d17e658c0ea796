/** Push messages as text: base64url (RFC 4648, section 5), as carried in event streams. */

/** The base64 prefix of a version 1 push message. */
const pushStart = Buffer.from("SEYB");

/** Whether text is a push message. */
export function isPush(data: Buffer, start: number, end: number): boolean {
  if (end - start < pushStart.length) return false;
  for (let i = 0; i < pushStart.length; i++) if (data[start + i] !== pushStart[i]) return false;
  return true;
}

/**
 * Value of each base64 and base64url character (sections 4 and 5). Others count as zero bits: the push's checksum
 * detects them.
 */
const sixBits = new Uint8Array(256);
for (const [i, character] of [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"].entries())
  sixBits[character.charCodeAt(0)] = i;
sixBits["+".charCodeAt(0)] = 62;
sixBits["/".charCodeAt(0)] = 63;
const padding = "=".charCodeAt(0);

/** Decodes the text from `start` to `stop` in place, without creating a string; returns where the decoded bytes end. */
export function decodeBase64(data: Buffer, start: number, stop: number): number {
  let end = stop;
  while (end > start && data[end - 1] === padding) end--;
  let to = start;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const word =
      (sixBits[data[at]!]! << 18) |
      (sixBits[data[at + 1]!]! << 12) |
      (sixBits[data[at + 2]!]! << 6) |
      sixBits[data[at + 3]!]!;
    data[to++] = word >> 16;
    data[to++] = (word >> 8) & 255;
    data[to++] = word & 255;
  }
  if (end - at >= 2) data[to++] = (sixBits[data[at]!]! << 2) | (sixBits[data[at + 1]!]! >> 4);
  if (end - at === 3) data[to++] = ((sixBits[data[at + 1]!]! & 15) << 4) | (sixBits[data[at + 2]!]! >> 2);
  return to;
}
