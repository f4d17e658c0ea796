/**
 * Outgoing messages: packet ids, the broker's limits, and each message's exchange up to its last acknowledgement (MQTT
 * 5, section 4.3). Messages pending when a connection ends are counted and not resent: in a load test a retry is not
 * worthwhile.
 */
import { nowNs } from "../../../measure/clock.ts";
import type { Wire } from "../protocol.ts";
import type { Acknowledgements } from "./acknowledgements.ts";
import type { MqttCounts } from "./counts.ts";
import type { Destination, MqttPublishing, QualityOfService } from "./options.ts";
import { packetType, reason } from "./packet.ts";
import { PacketTable } from "./packet-table.ts";
import type { PropertyReader } from "./properties.ts";
import type { RequestPackets } from "./requests.ts";

const pubrel = (packetType.pubrel << 4) | 2;
const refusedFrom = 0x80;
/** Highest packet id for messages; 65535 is reserved for SUBSCRIBE and UNSUBSCRIBE. */
const lastMessageId = 65534;
/** The topic alias used by every connection, which publishes to a single topic. */
const ownAlias = 1;

export class Publisher {
  readonly #publishing: MqttPublishing;
  readonly #requests: RequestPackets;
  readonly #counts: MqttCounts;
  readonly #wire: Wire;
  readonly #acknowledgements: Acknowledgements;
  /** When each pending message was written; negative once its PUBREC arrived. */
  readonly #sentNs = new PacketTable();
  readonly #lastId: Uint16Array;
  readonly #underWay: Uint16Array;
  readonly #mostUnderWay: Uint16Array;
  readonly #mostQos: Uint8Array;
  readonly #mostBytes: Float64Array;
  /** 1: the broker supports retained messages. */
  readonly #retains: Uint8Array;
  /** 0: the broker does not accept aliases; 1: it does; 2: ours is defined. */
  readonly #alias: Uint8Array;

  constructor(
    slots: number,
    publishing: MqttPublishing,
    requests: RequestPackets,
    counts: MqttCounts,
    wire: Wire,
    acknowledgements: Acknowledgements,
  ) {
    this.#publishing = publishing;
    this.#requests = requests;
    this.#counts = counts;
    this.#wire = wire;
    this.#acknowledgements = acknowledgements;
    this.#lastId = new Uint16Array(slots);
    this.#underWay = new Uint16Array(slots);
    this.#mostUnderWay = new Uint16Array(slots);
    this.#mostQos = new Uint8Array(slots);
    this.#mostBytes = new Float64Array(slots);
    this.#retains = new Uint8Array(slots);
    this.#alias = new Uint8Array(slots);
  }

  /** Stores the limits given in the broker's CONNACK. */
  connected(slot: number, limits: PropertyReader): void {
    this.#mostUnderWay[slot] = limits.receiveMaximum;
    this.#mostQos[slot] = limits.maximumQos;
    this.#mostBytes[slot] = limits.maximumPacketBytes;
    this.#retains[slot] = limits.isRetainAvailable ? 1 : 0;
    this.#alias[slot] = this.#publishing.useTopicAlias && limits.topicAliasMaximum > 0 ? 1 : 0;
  }

  /** Drops a slot's pending messages. */
  reset(slot: number): void {
    let left = this.#underWay[slot]!;
    this.#underWay[slot] = 0;
    for (let id = this.#lastId[slot]!; left > 0; id = id === 1 ? lastMessageId : id - 1)
      if (this.#sentNs.delete(slot, id)) left--;
    this.#lastId[slot] = 0;
  }

  /**
   * Encodes a message as a packet, which must be sent at once; null when the broker's limits do not allow it now. `to`
   * undefined: the slot's own topic.
   */
  packet(slot: number, payload: Uint8Array, to: Destination | undefined): Uint8Array | null {
    const { retain } = this.#publishing;
    const asked = to?.qos ?? this.#publishing.qos;
    const qos = Math.min(asked, this.#mostQos[slot]!) as QualityOfService;
    if (retain && this.#retains[slot] === 0) return this.#unsent();
    if (qos > 0 && this.#underWay[slot]! >= this.#mostUnderWay[slot]!) return this.#unsent();
    const alias = to === undefined && this.#alias[slot] !== 0 ? ownAlias : 0;
    const name = alias > 0 && this.#alias[slot] === 2 ? "" : (to?.topic ?? this.#requests.publishTopic(slot));
    const packetId = qos === 0 ? 0 : this.#nextId(slot);
    const bytes = this.#requests.publish(name, alias, packetId, payload, { qos, retain });
    if (bytes.length > this.#mostBytes[slot]!) return this.#unsent();
    if (alias > 0) this.#alias[slot] = 2;
    if (qos > 0) {
      this.#underWay[slot]!++;
      this.#sentNs.set(slot, packetId, nowNs());
    }
    if (qos === 0) this.#counts.publishesUnconfirmed++;
    if (qos < asked) this.#counts.publishesLowered++;
    this.#counts.publishesSent++;
    return bytes;
  }

  #unsent(): null {
    this.#counts.publishesUnsent++;
    return null;
  }

  #nextId(slot: number): number {
    let id = this.#lastId[slot]!;
    do id = id === lastMessageId ? 1 : id + 1;
    while (!Number.isNaN(this.#sentNs.get(slot, id)));
    this.#lastId[slot] = id;
    return id;
  }

  /** Ends a message: PUBACK or PUBCOMP, or a PUBREC that refuses it. False when no such message was sent. */
  #end(slot: number, packetId: number, code: number, sentNs: number): boolean {
    this.#sentNs.delete(slot, packetId);
    this.#underWay[slot]!--;
    const isRefused = code >= refusedFrom;
    if (isRefused) this.#counts.publishesRefused++;
    else this.#counts.publishesAcknowledged++;
    this.#wire.acknowledged(slot, Math.abs(sentNs), isRefused);
    return true;
  }

  /**
   * Handles PUBACK, PUBREC or PUBCOMP. False when the packet id is not that of a pending message, which is a protocol
   * violation.
   */
  acknowledged(slot: number, type: number, packetId: number, code: number): boolean {
    if (type === packetType.puback) return this.#puback(slot, packetId, code);
    return type === packetType.pubrec ? this.#pubrec(slot, packetId, code) : this.#pubcomp(slot, packetId, code);
  }

  #puback(slot: number, packetId: number, code: number): boolean {
    const sentNs = this.#sentNs.get(slot, packetId);
    return sentNs > 0 && this.#end(slot, packetId, code, sentNs);
  }

  #pubrec(slot: number, packetId: number, code: number): boolean {
    const sentNs = this.#sentNs.get(slot, packetId);
    if (Number.isNaN(sentNs)) return false;
    if (code >= refusedFrom) return this.#end(slot, packetId, code, sentNs);
    this.#sentNs.set(slot, packetId, -Math.abs(sentNs));
    this.#acknowledgements.add(slot, pubrel, packetId);
    return true;
  }

  #pubcomp(slot: number, packetId: number, code: number): boolean {
    const sentNs = this.#sentNs.get(slot, packetId);
    // "Not found" completes a message that was already acknowledged by its PUBREC.
    return sentNs < 0 && this.#end(slot, packetId, code === reason.packetIdNotFound ? reason.success : code, sentNs);
  }
}
