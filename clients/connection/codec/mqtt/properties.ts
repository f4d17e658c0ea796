/**
 * Reads the properties of MQTT 5 packets in place (section 2.2.2): checks which are allowed where and that each occurs
 * at most once, and keeps the few that matter.
 */
import { isUtf8 } from "node:buffer";
import { VariableInteger } from "./packet.ts";

type PropertyType = "byte" | "u16" | "u32" | "varint" | "text" | "binary" | "pair";

/** Types of all properties by identifier (table 2-4). */
const propertyTypes: Readonly<Record<number, PropertyType>> = {
  1: "byte",
  2: "u32",
  3: "text",
  8: "text",
  9: "binary",
  11: "varint",
  17: "u32",
  18: "text",
  19: "u16",
  21: "text",
  22: "binary",
  23: "byte",
  24: "u32",
  25: "byte",
  26: "text",
  28: "text",
  31: "text",
  33: "u16",
  34: "u16",
  35: "u16",
  36: "byte",
  37: "byte",
  38: "pair",
  39: "u32",
  40: "byte",
  41: "byte",
  42: "byte",
};

export const property = {
  payloadFormat: 1,
  sessionExpiry: 17,
  subscriptionId: 11,
  serverKeepAlive: 19,
  willDelay: 24,
  receiveMaximum: 33,
  topicAliasMaximum: 34,
  topicAlias: 35,
  maximumQos: 36,
  retainAvailable: 37,
  userProperty: 38,
  maximumPacketSize: 39,
} as const;

/** The properties a broker may use in each packet. */
export const allowedProperties = {
  connack: new Set([17, 18, 19, 21, 22, 26, 28, 31, 33, 34, 36, 37, 38, 39, 40, 41, 42]),
  publish: new Set([1, 2, 3, 8, 9, 11, 35, 38]),
  acknowledgement: new Set([31, 38]),
  disconnect: new Set([28, 31, 38]),
} as const satisfies Record<string, ReadonlySet<number>>;

/** Properties that may occur more than once (subscription identifiers: one per matching subscription). */
const isRepeatable = (id: number): boolean => id === property.userProperty || id === property.subscriptionId;
/** Byte properties that may only be 0 or 1 (MQTT 5, sections 3.2.2.3 and 3.3.2.3). */
const flags: readonly number[] = [property.payloadFormat, property.maximumQos, property.retainAvailable, 40, 41, 42];
/** Numeric properties that must not be 0. */
const nonZero: readonly number[] = [
  property.receiveMaximum,
  property.topicAlias,
  property.maximumPacketSize,
  property.subscriptionId,
];

/** Reads the properties of one packet at a time; one object is reused for all. */
export class PropertyReader {
  /** Values of the last packet read; absent ones have their defaults. */
  topicAlias = 0;
  receiveMaximum = 65535;
  maximumQos = 2;
  isRetainAvailable = true;
  maximumPacketBytes = Number.POSITIVE_INFINITY;
  topicAliasMaximum = 0;
  /** -1: the broker does not override the client's keep-alive. */
  serverKeepAliveSeconds = -1;
  readonly #length = new VariableInteger();
  readonly #seen = new Uint8Array(64);

  /**
   * Reads the property length and the properties after it, from `at`; returns where they end, -1 when they are
   * malformed or not allowed here.
   */
  read(bytes: Buffer, at: number, end: number, allowed: ReadonlySet<number>): number {
    this.topicAlias = 0;
    const from = this.#length.read(bytes, at, end);
    if (from < 0) return -1;
    const stop = from + this.#length.value;
    if (stop > end) return -1;
    if (stop === from) return stop;
    return this.#walk(bytes, from, stop, allowed);
  }

  /** Clears the values of an earlier CONNACK. */
  reset(): void {
    this.receiveMaximum = 65535;
    this.maximumQos = 2;
    this.isRetainAvailable = true;
    this.maximumPacketBytes = Number.POSITIVE_INFINITY;
    this.topicAliasMaximum = 0;
    this.serverKeepAliveSeconds = -1;
  }

  #walk(bytes: Buffer, from: number, stop: number, allowed: ReadonlySet<number>): number {
    this.#seen.fill(0);
    let at = from;
    while (at < stop) {
      // Identifiers are variable byte integers too, but all defined ones fit in one byte.
      const id = bytes[at]!;
      const type = propertyTypes[id];
      if (type === undefined || !allowed.has(id)) return -1;
      if (this.#seen[id] === 1 && !isRepeatable(id)) return -1;
      this.#seen[id] = 1;
      at = this.#value(bytes, at + 1, stop, id, type);
      if (at < 0) return -1;
    }
    return at;
  }

  /** Returns where the value ends, -1 when it is malformed. */
  #value(bytes: Buffer, at: number, stop: number, id: number, type: PropertyType): number {
    switch (type) {
      case "byte":
        return at + 1 <= stop && this.#take(id, bytes[at]!) ? at + 1 : -1;
      case "u16":
        return at + 2 <= stop && this.#take(id, bytes.readUInt16BE(at)) ? at + 2 : -1;
      case "u32":
        return at + 4 <= stop && this.#take(id, bytes.readUInt32BE(at)) ? at + 4 : -1;
      case "varint": {
        const next = this.#length.read(bytes, at, stop);
        return next > 0 && this.#take(id, this.#length.value) ? next : -1;
      }
      case "binary":
        return dataEnd(bytes, at, stop);
      case "text":
        return textEnd(bytes, at, stop);
      case "pair": {
        const middle = textEnd(bytes, at, stop);
        return middle < 0 ? -1 : textEnd(bytes, middle, stop);
      }
    }
  }

  /** Keeps a number that matters; false when its value is not allowed. */
  #take(id: number, value: number): boolean {
    if (flags.includes(id) && value > 1) return false;
    if (value === 0 && nonZero.includes(id)) return false;
    if (id === property.topicAlias) this.topicAlias = value;
    else if (id === property.receiveMaximum) this.receiveMaximum = value;
    else if (id === property.maximumQos) this.maximumQos = value;
    else if (id === property.retainAvailable) this.isRetainAvailable = value === 1;
    else if (id === property.maximumPacketSize) this.maximumPacketBytes = value;
    else if (id === property.topicAliasMaximum) this.topicAliasMaximum = value;
    else if (id === property.serverKeepAlive) this.serverKeepAliveSeconds = value;
    return true;
  }
}

/** Where length-prefixed data ends, -1 when that is beyond `stop`. */
function dataEnd(bytes: Buffer, at: number, stop: number): number {
  if (at + 2 > stop) return -1;
  const end = at + 2 + bytes.readUInt16BE(at);
  return end <= stop ? end : -1;
}

function textEnd(bytes: Buffer, at: number, stop: number): number {
  const end = dataEnd(bytes, at, stop);
  return end < 0 || !isText(bytes, at + 2, end) ? -1 : end;
}

/**
 * Whether bytes are UTF-8 without U+0000 [MQTT-1.5.4-1, -2]. Most text is ASCII, which is recognized without creating a
 * view.
 */
export function isText(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === 0) return false;
    if (byte >= 0x80) return isUtf8(bytes.subarray(at, end)) && !bytes.subarray(at, end).includes(0);
  }
  return true;
}
