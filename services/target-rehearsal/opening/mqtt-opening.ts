import {
  type ClientPacket,
  type MqttProtocol,
  pushTopic,
  readPacket,
  shortPacket,
  subackBytes,
  subscriptionOf,
  versionOf,
} from "../mqtt-packets.ts";
import { type PushQuery, readQuery } from "../push/query.ts";
import type { Owner, Wire } from "../wire.ts";
import type { Upgrader } from "./upgrade.ts";

const connect = 0x10;
const subscribe = 0x82;
/** Unacceptable protocol version, as an MQTT 3.1.1 broker reports it. */
const badVersion = shortPacket(0x20, 0, 1);

/** Whether bytes start like MQTT: a line of raw TCP never starts with this byte. */
export const beginsMqtt = (bytes: Buffer): boolean => bytes[0] === connect;

/**
 * An MQTT client until its subscription is granted: CONNECT, then a SUBSCRIBE to {@link pushTopic}, which requests
 * pushes.
 */
export class MqttOpening implements Owner {
  readonly #wire: Wire;
  readonly #upgrader: Upgrader;
  #rest: Buffer = Buffer.alloc(0);
  #version: MqttProtocol | null = null;

  constructor(wire: Wire, upgrader: Upgrader) {
    this.#wire = wire;
    this.#upgrader = upgrader;
  }

  data(chunk: Buffer): void {
    let bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    while (bytes.length > 0) {
      const read = readPacket(bytes);
      if (read === "broken") return this.#refuse();
      if (read === null) break;
      bytes = bytes.subarray(read.end);
      if (this.#packet(read.packet, bytes)) return;
    }
    this.#rest = bytes;
  }

  ended(): void {
    this.#wire.socket.end();
  }

  failed(): void {}

  /** Returns whether the wire now has another owner. */
  #packet(packet: ClientPacket, leftover: Buffer): boolean {
    if (this.#version === null) return this.#connect(packet);
    if (packet.first === subscribe) return this.#subscribe(packet, leftover, this.#version);
    if (packet.first === 0xc0) this.#wire.socket.write(shortPacket(0xd0));
    return false;
  }

  #connect(packet: ClientPacket): boolean {
    const version = packet.first === connect ? versionOf(packet) : null;
    if (version === null) {
      this.#refuse(badVersion);
      return true;
    }
    this.#version = version;
    const isNew = version === "mqtt";
    const refusal = this.#upgrader.refuseConnect(this.#wire, isNew);
    if (refusal !== null) {
      this.#wire.socket.end(isNew ? shortPacket(0x20, 0, refusal, 0) : shortPacket(0x20, 0, refusal));
      return true;
    }
    this.#wire.socket.write(isNew ? shortPacket(0x20, 0, 0, 0) : shortPacket(0x20, 0, 0));
    return false;
  }

  #subscribe(packet: ClientPacket, leftover: Buffer, version: MqttProtocol): boolean {
    const { packetId, filters } = subscriptionOf(packet, version);
    let query: PushQuery;
    try {
      const asked = filters.find((filter) => filter === pushTopic || filter.startsWith(`${pushTopic}?`));
      if (asked === undefined) throw new RangeError(`expected a subscription to ${pushTopic}`);
      query = readQuery(asked.slice(pushTopic.length + 1));
    } catch {
      this.#refuse(subackBytes(version, packetId, filters.length, version === "mqtt" ? 0x8f : 0x80));
      return true;
    }
    const opening = subackBytes(version, packetId, filters.length, 0);
    // Not authorized; 3.1.1 has a single code for all failures.
    const refusalCode = version === "mqtt" ? 0x87 : 0x80;
    const refusal = { bytes: subackBytes(version, packetId, filters.length, refusalCode), code: refusalCode };
    this.#upgrader.answer({ wire: this.#wire, leftover, query, protocol: version, webSocketKey: "", opening, refusal });
    return true;
  }

  #refuse(bytes: Buffer = Buffer.alloc(0)): void {
    this.#wire.abandon();
    this.#wire.socket.end(bytes);
  }
}
