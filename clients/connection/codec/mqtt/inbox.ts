/**
 * Incoming PUBLISH packets: read in place and delivered, acknowledged as their QoS requires, and checked against the
 * rules a broker must follow. Reading one allocates nothing.
 */
import type { ViolationRule, Wire } from "../protocol.ts";
import type { Acknowledgements } from "./acknowledgements.ts";
import type { MqttCounts } from "./counts.ts";
import type { MqttOptions } from "./options.ts";
import { packet, packetType, reason } from "./packet.ts";
import { PacketTable } from "./packet-table.ts";
import { allowedProperties, isText, type PropertyReader } from "./properties.ts";

const puback = packetType.puback << 4;
const pubrec = packetType.pubrec << 4;
const pubcomp = packetType.pubcomp << 4;
const plus = "+".charCodeAt(0);
const hash = "#".charCodeAt(0);

export class Inbox {
  readonly #options: MqttOptions;
  readonly #maxMessageBytes: number;
  readonly #wire: Wire;
  readonly #counts: MqttCounts;
  readonly #acknowledgements: Acknowledgements;
  readonly #properties: PropertyReader;
  /** QoS 2 messages received but not yet released; the value is the session they arrived in. */
  readonly #unreleased = new PacketTable();
  /** Number of the slot's current session: messages received in an earlier one are ignored. */
  readonly #session: Uint32Array;
  readonly #held: Uint16Array;
  /** Bit n: the broker has defined topic alias n + 1. */
  readonly #aliases: Uint32Array;

  constructor(
    slots: number,
    options: MqttOptions,
    maxMessageBytes: number,
    wire: Wire,
    counts: MqttCounts,
    acknowledgements: Acknowledgements,
    properties: PropertyReader,
  ) {
    this.#options = options;
    this.#maxMessageBytes = maxMessageBytes;
    this.#wire = wire;
    this.#counts = counts;
    this.#acknowledgements = acknowledgements;
    this.#properties = properties;
    this.#session = new Uint32Array(slots);
    this.#held = new Uint16Array(slots);
    this.#aliases = new Uint32Array(options.topicAliases > 0 ? slots : 0);
  }

  /**
   * Handles a CONNACK: what the broker kept of a session is kept here too [MQTT-4.1.0-1]; topic aliases belong to the
   * connection [MQTT-3.3.2-7].
   */
  connected(slot: number, isSessionPresent: boolean): void {
    if (this.#aliases.length > 0) this.#aliases[slot] = 0;
    if (isSessionPresent) return;
    this.#session[slot]!++;
    this.#held[slot] = 0;
  }

  /**
   * Handles the PUBLISH whose variable header begins at `at`; `isOpen`: its subscription is granted. Returns the rule
   * it violates, or null. `isLast`: nothing was read after it.
   */
  publish(
    slot: number,
    bytes: Buffer,
    first: number,
    at: number,
    end: number,
    isOpen: boolean,
    isLast: boolean,
  ): ViolationRule | null {
    const qos = (first >> 1) & 3;
    if (qos === 3 || (qos === 0 && (first & 8) !== 0)) return "bad-qos";
    if (at + 2 > end) return "malformed-packet";
    const topicEnd = at + 2 + bytes.readUInt16BE(at);
    if (topicEnd > end) return "malformed-packet";
    if (!isTopicName(bytes, at + 2, topicEnd)) return "bad-topic";
    let payload = topicEnd;
    let packetId = 0;
    if (qos > 0) {
      if (payload + 2 > end) return "malformed-packet";
      packetId = bytes.readUInt16BE(payload);
      if (packetId === 0) return "packet-id";
      payload += 2;
    }
    if (this.#options.version === 5) {
      payload = this.#properties.read(bytes, payload, end, allowedProperties.publish);
      if (payload < 0) return "bad-property";
      if (!this.#knowsTopic(slot, topicEnd - at - 2)) return "topic-alias";
    } else if (topicEnd === at + 2) return "bad-topic";
    if (end - payload > this.#maxMessageBytes) return "message-too-large";
    const isRetained = (first & 1) === 1;
    if (qos === 2) return this.#second(slot, bytes, packetId, isRetained, payload, end, isOpen, isLast);
    this.#deliver(slot, bytes, isRetained, payload, end, isOpen, isLast, (first & 8) !== 0);
    if (qos === 1) this.#acknowledgements.add(slot, puback, packetId);
    return null;
  }

  /** Whether the topic is given, or referred to by an alias that is allowed and defined (MQTT 5, section 3.3.2.3.4). */
  #knowsTopic(slot: number, topicBytes: number): boolean {
    const alias = this.#properties.topicAlias;
    if (alias === 0) return topicBytes > 0;
    if (alias > this.#options.topicAliases) return false;
    const bit = 1 << (alias - 1);
    if (topicBytes > 0) this.#aliases[slot]! |= bit;
    return (this.#aliases[slot]! & bit) !== 0;
  }

  /** QoS 2: delivered on first arrival and tracked by its packet id until released (method A of figure 4.3). */
  #second(
    slot: number,
    bytes: Buffer,
    packetId: number,
    isRetained: boolean,
    payload: number,
    end: number,
    isOpen: boolean,
    isLast: boolean,
  ): ViolationRule | null {
    const isAgain = this.#unreleased.get(slot, packetId) === this.#session[slot];
    if (isAgain) this.#counts.mqttRedelivered++;
    else {
      if (this.#held[slot]! >= this.#options.receiveMaximum) return "receive-maximum";
      this.#held[slot]!++;
      this.#unreleased.set(slot, packetId, this.#session[slot]!);
      this.#deliver(slot, bytes, isRetained, payload, end, isOpen, isLast, false);
    }
    this.#acknowledgements.add(slot, pubrec, packetId);
    return null;
  }

  #deliver(
    slot: number,
    bytes: Buffer,
    isRetained: boolean,
    payload: number,
    end: number,
    isOpen: boolean,
    isLast: boolean,
    isRepeat: boolean,
  ): void {
    if (isRetained) this.#counts.mqttRetained++;
    else if (!isOpen) this.#counts.mqttBeforeGranted++;
    else this.#wire.message(slot, bytes, payload, end, isLast, undefined, isRepeat);
  }

  /** Handles PUBREL, which must be answered even when no such message is pending [MQTT-4.3.3-11]. */
  pubrel(slot: number, packetId: number): void {
    if (this.#unreleased.get(slot, packetId) !== this.#session[slot]) return this.#answerUnknown(slot, packetId);
    this.#unreleased.delete(slot, packetId);
    this.#held[slot]!--;
    this.#acknowledgements.add(slot, pubcomp, packetId);
  }

  /** A persistent session may release messages received in an earlier run. */
  #answerUnknown(slot: number, packetId: number): void {
    this.#acknowledgements.flush(slot);
    const id = Buffer.from([packetId >> 8, packetId & 255]);
    const code = this.#options.version === 5 ? [reason.packetIdNotFound] : [];
    this.#wire.write(slot, packet(pubcomp, id, Buffer.from(code)));
  }
}

/**
 * Whether bytes are a valid topic name: UTF-8 without U+0000 or wildcards [MQTT-3.3.2-1, -2]. An empty name is used
 * with an alias.
 */
function isTopicName(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] === plus || bytes[at] === hash) return false;
  return isText(bytes, start, end);
}
