/**
 * Control packets (MQTT 3.1.1 and 5, section 2.1) and the variable byte integers in them (MQTT 5, section 1.5.5). Pure.
 */

export const packetType = {
  connect: 1,
  connack: 2,
  publish: 3,
  puback: 4,
  pubrec: 5,
  pubrel: 6,
  pubcomp: 7,
  subscribe: 8,
  suback: 9,
  unsubscribe: 10,
  unsuback: 11,
  pingreq: 12,
  pingresp: 13,
  disconnect: 14,
  auth: 15,
} as const;

/** The reason codes that the codec sends or checks for (MQTT 5, section 2.4). */
export const reason = {
  success: 0,
  packetIdNotFound: 0x92,
  malformedPacket: 0x81,
  protocolError: 0x82,
  unsupportedVersion: 0x84,
  receiveMaximumExceeded: 0x93,
  topicAliasInvalid: 0x94,
  packetTooLarge: 0x95,
} as const;

/**
 * {@link VariableInteger.read}: more bytes are needed; or the fourth byte still announces another, which is not
 * allowed.
 */
export const unfinished = -1;
export const malformed = -2;

/** Reads variable byte integers in place; one object is reused for all. */
export class VariableInteger {
  value = 0;

  /** Reads from `at`; returns where it ends, {@link unfinished} or {@link malformed}. */
  read(bytes: Uint8Array, at: number, end: number): number {
    let value = 0;
    let factor = 1;
    for (let i = at; i < at + 4; i++) {
      if (i >= end) return unfinished;
      const byte = bytes[i]!;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) {
        this.value = value;
        return i + 1;
      }
      factor *= 128;
    }
    return malformed;
  }
}

/** Encodes a variable byte integer of at most 268,435,455 (four bytes of seven bits). */
export function variableInteger(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const byte = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest > 0 ? byte | 0x80 : byte);
  } while (rest > 0);
  return bytes;
}

/**
 * A UTF-8 string or binary data with a two-byte length prefix. At most 65,535 bytes, as scenario validation ensures.
 */
export function lengthPrefixed(data: string | Uint8Array): Buffer {
  const bytes = typeof data === "string" ? Buffer.from(data) : data;
  if (bytes.length > 65535) throw new RangeError(`expected at most 65535 bytes, got ${bytes.length}`);
  const result = Buffer.allocUnsafe(2 + bytes.length);
  result.writeUInt16BE(bytes.length, 0);
  result.set(bytes, 2);
  return result;
}

/** A packet made of its first byte and the parts that follow its length. */
export function packet(first: number, ...parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([Buffer.from([first, ...variableInteger(length)]), ...parts]);
}
