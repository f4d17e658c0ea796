/**
 * The client side of MQTT 3.1.1 and MQTT 5 as a codec over bytes. A connection is open when its CONNECT was accepted
 * and every subscription granted. References such as [MQTT-3.2.0-1] are conformance statements of the OASIS standard of
 * MQTT 5.
 */
import { nowNs } from "../../../measure/clock.ts";
import type { Greetings } from "../../engine.ts";
import type { Protocol, ViolationRule, Wire } from "../protocol.ts";
import { Acknowledgements } from "./acknowledgements.ts";
import { readConnack } from "./connack.ts";
import { type MqttCounts, noMqttCounts } from "./counts.ts";
import { Inbox } from "./inbox.ts";
import { KeepAlive, pingreq } from "./keep-alive.ts";
import type { Destination, MqttOptions } from "./options.ts";
import { malformed, packetType, reason, unfinished, VariableInteger } from "./packet.ts";
import { allowedProperties, PropertyReader } from "./properties.ts";
import { Publisher } from "./publisher.ts";
import { RequestPackets } from "./requests.ts";
import { reasonOf } from "./violation-reason.ts";

interface Options {
  slots: number;
  maxMessageBytes: number;
  mqtt: MqttOptions;
}

const idle = 0;
const connecting = 1;
const subscribing = 2;
const open = 3;

const refusedFrom = 0x80;
const subscriptionId = 65535;
/** Allowance for what surrounds a payload: topic, packet id, properties. */
const headerBytes = 65536;

/** The low four bits of each packet's first byte [MQTT-2.1.3-1]; PUBLISH uses them differently. */
const expectedFlags = (type: number): number => (type === packetType.pubrel ? 2 : 0);

export class MqttProtocol implements Protocol {
  needs = 2;
  readonly peerEndsFirst = false;
  readonly farewellEndsStream = true;
  readonly counts: MqttCounts = noMqttCounts();
  readonly #options: MqttOptions;
  readonly #maxPacketBytes: number;
  readonly #wire: Wire;
  readonly #requests: RequestPackets;
  readonly #acknowledgements: Acknowledgements;
  readonly #properties = new PropertyReader();
  readonly #length = new VariableInteger();
  readonly #inbox: Inbox;
  readonly #publisher: Publisher | null;
  readonly #keepAlive: KeepAlive;
  readonly #phase: Uint8Array;
  /** 1: the slot's session holds its subscriptions, if the broker still has it (MQTT 5, section 4.1). */
  readonly #isSubscribed: Uint8Array;
  /** Number of the slot's current connection: a sink may have opened another from within a call. */
  readonly #use: Uint32Array;

  constructor(
    { slots, maxMessageBytes, mqtt }: Options,
    greetings: Pick<Greetings, "compile" | "topics"> | null,
    wire: Wire,
  ) {
    this.#options = mqtt;
    this.#wire = wire;
    this.#maxPacketBytes = Math.min(maxMessageBytes + headerBytes, mqtt.maximumPacketBytes ?? Number.POSITIVE_INFINITY);
    this.#requests = new RequestPackets(mqtt, greetings);
    this.#acknowledgements = new Acknowledgements(wire);
    this.#inbox = new Inbox(slots, mqtt, maxMessageBytes, wire, this.counts, this.#acknowledgements, this.#properties);
    const { publishing } = mqtt;
    this.#publisher =
      publishing === null
        ? null
        : new Publisher(slots, publishing, this.#requests, this.counts, wire, this.#acknowledgements);
    this.#keepAlive = new KeepAlive(slots, mqtt.keepAliveSeconds, wire);
    this.#phase = new Uint8Array(slots);
    this.#use = new Uint32Array(slots);
    this.#isSubscribed = new Uint8Array(slots);
  }

  greeting(slot: number): Uint8Array {
    this.#phase[slot] = connecting;
    return this.#requests.connect(slot);
  }

  reset(slot: number): void {
    this.#phase[slot] = idle;
    this.#use[slot]!++;
    this.#keepAlive.reset(slot);
    this.#publisher?.reset(slot);
  }

  /** DISCONNECT, normal: the broker does not publish the will. */
  farewell(): Uint8Array {
    return Uint8Array.from([packetType.disconnect << 4, 0]);
  }

  /** Preceded by an UNSUBSCRIBE where the scenario asks for one; its UNSUBACK is not awaited. */
  farewellOf(slot: number): Uint8Array | null {
    if (!this.#options.unsubscribes || this.#requests.topicCount(slot) === 0) return null;
    this.#isSubscribed[slot] = 0;
    return Buffer.concat([this.#requests.unsubscribe(slot, subscriptionId), this.farewell()]);
  }

  frame(payload: Uint8Array, _isBinary: boolean, slot: number, to?: Destination): Uint8Array | null {
    if (this.#publisher === null) throw new Error("expected options for publishing before a message is sent");
    return this.#publisher.packet(slot, payload, to);
  }

  ping(sentNs: number, slot: number): Uint8Array | null {
    return this.#keepAlive.ask(slot, sentNs) ? pingreq : null;
  }

  expire(atNs: number): void {
    this.counts.keepAlivesSent += this.#keepAlive.walk(atNs);
  }

  take(slot: number, bytes: Buffer, start: number, end: number): number {
    const use = this.#use[slot];
    let at = start;
    while (at < end) {
      const next = this.#packet(slot, bytes, at, end);
      if (this.#use[slot] !== use || next < 0) {
        this.#acknowledgements.discard();
        return end;
      }
      if (next === at) break;
      at = next;
    }
    this.#acknowledgements.flush(slot);
    if (at === end) this.needs = 2;
    return at;
  }

  /**
   * Parses one packet. Returns where it ends, `at` when it is incomplete (then `needs` says how many bytes are needed),
   * -1 when the connection is over.
   */
  #packet(slot: number, bytes: Buffer, at: number, end: number): number {
    const first = bytes[at]!;
    const type = first >> 4;
    if (type !== packetType.publish && (first & 15) !== expectedFlags(type)) return this.#broken(slot, "reserved-bits");
    const body = this.#length.read(bytes, at + 1, end);
    if (body === unfinished) {
      this.needs = end - at + 1;
      return at;
    }
    if (body === malformed) return this.#broken(slot, "bad-length");
    const next = body + this.#length.value;
    if (next - at > this.#maxPacketBytes) return this.#broken(slot, "message-too-large");
    if (next > end) {
      this.needs = next - at;
      return at;
    }
    const isOver =
      type === packetType.publish
        ? this.#publish(slot, bytes, first, body, next, next === end)
        : this.#control(slot, type, bytes, body, next);
    return isOver ? -1 : next;
  }

  /** Returns whether the connection is over. */
  #publish(slot: number, bytes: Buffer, first: number, body: number, next: number, isLast: boolean): boolean {
    const phase = this.#phase[slot]!;
    if (phase < subscribing) return this.#isBroken(slot, "unexpected-packet");
    const rule = this.#inbox.publish(slot, bytes, first, body, next, phase === open, isLast);
    return rule !== null && this.#isBroken(slot, rule);
  }

  #control(slot: number, type: number, bytes: Buffer, body: number, next: number): boolean {
    const phase = this.#phase[slot]!;
    if (phase === connecting)
      return type === packetType.connack
        ? this.#connack(slot, bytes, body, next)
        : this.#isBroken(slot, "unexpected-packet");
    switch (type) {
      case packetType.suback:
        return phase === subscribing
          ? this.#suback(slot, bytes, body, next)
          : this.#isBroken(slot, "unexpected-packet");
      case packetType.puback:
      case packetType.pubrec:
      case packetType.pubrel:
      case packetType.pubcomp:
        return this.#acknowledgement(slot, type, bytes, body, next);
      case packetType.pingresp:
        return this.#pingresp(slot, body, next);
      case packetType.disconnect:
        return this.#disconnect(slot, bytes, body, next);
      case packetType.unsuback:
        return !this.#options.unsubscribes && this.#isBroken(slot, "unexpected-packet");
      default:
        // Only clients send CONNECT, SUBSCRIBE, UNSUBSCRIBE and PINGREQ; AUTH needs an exchange we never start.
        return this.#isBroken(slot, "unexpected-packet");
    }
  }

  #connack(slot: number, bytes: Buffer, body: number, next: number): boolean {
    const said = readConnack(bytes, body, next, this.#options, this.#properties);
    if (typeof said === "string") return this.#isBroken(slot, said);
    if (said === reason.success) this.#accepted(slot, bytes[body] === 1);
    else this.#wire.refused(slot, "upgrade-rejected", said);
    return said !== reason.success;
  }

  #accepted(slot: number, isPresent: boolean): void {
    if (isPresent) this.counts.mqttSessionsPresent++;
    this.#inbox.connected(slot, isPresent);
    this.#publisher?.connected(slot, this.#properties);
    this.#keepAlive.connected(slot, nowNs(), this.#properties.serverKeepAliveSeconds);
    if (this.#requests.topicCount(slot) === 0 || (isPresent && this.#isSubscribed[slot] === 1)) return this.#open(slot);
    this.#phase[slot] = subscribing;
    this.#wire.write(slot, this.#requests.subscribe(slot, subscriptionId));
  }

  #open(slot: number): void {
    this.#phase[slot] = open;
    this.#wire.opened(slot);
  }

  #suback(slot: number, bytes: Buffer, body: number, next: number): boolean {
    if (next - body < 3 || bytes.readUInt16BE(body) !== subscriptionId) return this.#isBroken(slot, "packet-id");
    let at = body + 2;
    if (this.#options.version === 5) at = this.#properties.read(bytes, at, next, allowedProperties.acknowledgement);
    if (at < 0) return this.#isBroken(slot, "bad-property");
    // One reason code per filter [MQTT-3.8.4-6].
    if (next - at !== this.#requests.topicCount(slot)) return this.#isBroken(slot, "malformed-packet");
    let below = 0;
    for (; at < next; at++) {
      const code = bytes[at]!;
      if (code >= refusedFrom) {
        this.#wire.write(slot, this.farewell());
        this.#wire.refused(slot, "upgrade-rejected", code);
        return true;
      }
      if (code > this.#options.qos) return this.#isBroken(slot, "bad-qos");
      if (code < this.#options.qos) below++;
    }
    this.counts.mqttGrantedBelow += below;
    this.#isSubscribed[slot] = 1;
    this.#open(slot);
    return false;
  }

  #acknowledgement(slot: number, type: number, bytes: Buffer, body: number, next: number): boolean {
    const length = next - body;
    const isVersion5 = this.#options.version === 5;
    if (length < 2 || (length > 2 && !isVersion5)) return this.#isBroken(slot, "malformed-packet");
    const packetId = bytes.readUInt16BE(body);
    const code = length > 2 ? bytes[body + 2]! : reason.success;
    if (length > 3 && this.#properties.read(bytes, body + 3, next, allowedProperties.acknowledgement) !== next)
      return this.#isBroken(slot, "bad-property");
    if (packetId === 0) return this.#isBroken(slot, "packet-id");
    if (type === packetType.pubrel) {
      this.#inbox.pubrel(slot, packetId);
      return false;
    }
    return this.#publisher?.acknowledged(slot, type, packetId, code) !== true && this.#isBroken(slot, "packet-id");
  }

  #pingresp(slot: number, body: number, next: number): boolean {
    if (next !== body) return this.#isBroken(slot, "malformed-packet");
    const askedNs = this.#keepAlive.answered(slot);
    if (askedNs !== 0) this.#wire.pong(slot, askedNs);
    return false;
  }

  /** Only an MQTT 5 broker may send DISCONNECT. */
  #disconnect(slot: number, bytes: Buffer, body: number, next: number): boolean {
    if (this.#options.version === 4) return this.#isBroken(slot, "unexpected-packet");
    const code = next > body ? bytes[body]! : reason.success;
    if (next > body + 1 && this.#properties.read(bytes, body + 1, next, allowedProperties.disconnect) !== next)
      return this.#isBroken(slot, "bad-property");
    this.#acknowledgements.flush(slot);
    if (this.#phase[slot] === open) this.#wire.peerClosed(slot, code);
    else this.#wire.refused(slot, "upgrade-rejected", code);
    return true;
  }

  #broken(slot: number, rule: ViolationRule): -1 {
    this.#isBroken(slot, rule);
    return -1;
  }

  /**
   * Always returns true: the connection is over. An MQTT 5 broker that accepted it is told the reason; with 3.1.1 the
   * connection can only be closed (section 4.13).
   */
  #isBroken(slot: number, rule: ViolationRule): true {
    this.#acknowledgements.flush(slot);
    const phase = this.#phase[slot]!;
    if (this.#options.version === 5 && phase >= subscribing)
      this.#wire.write(slot, Uint8Array.from([packetType.disconnect << 4, 1, reasonOf(rule)]));
    if (phase === open) this.#wire.violation(slot, rule);
    else this.#wire.refused(slot, "upgrade-invalid", rule);
    return true;
  }
}
