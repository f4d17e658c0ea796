import type { FrameReader } from "./client-frames.ts";

/** The MQTT versions the server supports, by the names of their framing. */
export type MqttProtocol = "mqtt" | "mqtt-3.1.1";

/** The topic whose subscribers get pushes, with a push query after a question mark. */
export const pushTopic = "holdfast/push";

export const isMqtt = (protocol: string): protocol is MqttProtocol => protocol === "mqtt" || protocol === "mqtt-3.1.1";

const longestPacketBytes = 2_097_152;

/** A packet sent by a client: its first byte, and what follows the length. */
export interface ClientPacket {
  readonly first: number;
  readonly body: Buffer;
}

/** Reads one packet (MQTT 5, section 2.1); null when it is incomplete, "broken" when it is invalid. */
export function readPacket(bytes: Buffer): { packet: ClientPacket; end: number } | null | "broken" {
  let length = 0;
  for (let at = 1; at <= 4; at++) {
    const byte = bytes[at];
    if (byte === undefined) return null;
    length += (byte & 0x7f) * 128 ** (at - 1);
    if (length > longestPacketBytes) return "broken";
    if (byte >= 0x80) continue;
    const end = at + 1 + length;
    return bytes.length < end ? null : { packet: { first: bytes[0]!, body: bytes.subarray(at + 1, end) }, end };
  }
  return "broken";
}

/** Creates a packet with at most 127 bytes after its length. */
export const shortPacket = (first: number, ...body: number[]): Buffer => Buffer.from([first, body.length, ...body]);

/** Encodes a variable byte integer. */
export function variableInteger(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; ) {
    const byte = rest & 0x7f;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? byte | 0x80 : byte);
    if (rest === 0) return Buffer.from(bytes);
  }
}

/** The version requested by a CONNECT; null when it is not supported. */
export function versionOf({ body }: ClientPacket): MqttProtocol | null {
  const nameBytes = body.length >= 2 ? body.readUInt16BE(0) : 0;
  if (body.toString("latin1", 2, 2 + nameBytes) !== "MQTT") return null;
  const level = body[2 + nameBytes];
  return level === 5 ? "mqtt" : level === 4 ? "mqtt-3.1.1" : null;
}

/** The filters of a SUBSCRIBE. MQTT 5 properties are assumed to be short, with a one-byte length. */
export function subscriptionOf({ body }: ClientPacket, version: MqttProtocol): { packetId: Buffer; filters: string[] } {
  const filters: string[] = [];
  let at = 2 + (version === "mqtt" ? 1 + (body[2] ?? 0) : 0);
  while (at + 2 <= body.length) {
    const end = at + 2 + body.readUInt16BE(at);
    filters.push(body.toString("utf8", at + 2, end));
    at = end + 1;
  }
  return { packetId: body.subarray(0, 2), filters };
}

/** A SUBACK with this code for every filter. */
export function subackBytes(version: MqttProtocol, packetId: Buffer, filters: number, code: number): Buffer {
  const properties = version === "mqtt" ? [0] : [];
  return shortPacket(0x90, packetId[0] ?? 0, packetId[1] ?? 0, ...properties, ...new Array<number>(filters).fill(code));
}

const pingReq = 0xc0;
const disconnect = 0xe0;

/**
 * Reads a client's packets on an open connection and reports them like frames: PINGREQ as a ping, DISCONNECT as a
 * close.
 */
export class ClientPackets {
  readonly #version: MqttProtocol;
  readonly #answer: (bytes: Buffer) => void;
  readonly #acknowledge: (bytes: Buffer) => void;
  #rest: Buffer | null = null;
  #done = false;

  /** `acknowledge` writes responses to a PUBLISH, `answer` those that no fault changes. */
  constructor(version: MqttProtocol, answer: (bytes: Buffer) => void, acknowledge: (bytes: Buffer) => void) {
    this.#version = version;
    this.#answer = answer;
    this.#acknowledge = acknowledge;
  }

  read(chunk: Buffer, reader: FrameReader): void {
    let bytes = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    this.#rest = null;
    while (bytes.length > 0 && !this.#done) {
      const read = readPacket(bytes);
      if (read === "broken") {
        this.#done = true;
        return reader.violation("expected an MQTT packet");
      }
      if (read === null) {
        this.#rest = bytes;
        return;
      }
      this.#packet(read.packet, reader);
      bytes = bytes.subarray(read.end);
    }
  }

  #packet({ first, body }: ClientPacket, reader: FrameReader): void {
    if (first === pingReq) return reader.ping(Buffer.alloc(0));
    if (first === disconnect) {
      this.#done = true;
      return reader.close(body[0] ?? 0);
    }
    const [high = 0, low = 0] = body;
    if (first >> 4 === 3) return this.#publish(first, body);
    if (first === 0x62) return this.#answer(shortPacket(0x70, high, low));
    // UNSUBSCRIBE: MQTT 5 expects one code per filter.
    if (first === 0xa2)
      this.#answer(this.#version === "mqtt" ? shortPacket(0xb0, high, low, 0, 0) : shortPacket(0xb0, high, low));
  }

  /** A PUBLISH is acknowledged and not delivered to anyone. */
  #publish(first: number, body: Buffer): void {
    const qos = (first >> 1) & 3;
    const at = 2 + (body.length >= 2 ? body.readUInt16BE(0) : 0);
    if (qos > 0) this.#acknowledge(shortPacket(qos === 1 ? 0x40 : 0x50, body[at] ?? 0, body[at + 1] ?? 0));
  }
}
