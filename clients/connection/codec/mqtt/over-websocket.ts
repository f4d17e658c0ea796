/**
 * MQTT over WebSocket with subprotocol `mqtt` (MQTT 5, section 6): packets may begin and end anywhere within messages.
 */
import type { Cause, CauseCode } from "../../../measure/cause.ts";
import type { Endpoint, Greetings } from "../../engine.ts";
import type { HeaderFields } from "../../header-fields.ts";
import { Leftovers } from "../leftovers.ts";
import type { CodecCounts, Protocol, ViolationRule, Wire } from "../protocol.ts";
import { WebSocketProtocol } from "../websocket.ts";
import { encodeClose, encodeFrame, opcode } from "../websocket-frame.ts";
import { MqttProtocol } from "./mqtt.ts";
import type { Destination, MqttOptions } from "./options.ts";

interface Options {
  slots: number;
  endpoints: Endpoint[];
  headers: HeaderFields;
  subprotocols: string[];
  maxMessageBytes: number;
  mqtt: MqttOptions;
}

/** Allowance for a WebSocket message in addition to the payload: it may hold several packets. */
const headerBytes = 131_072;
const subprotocol = "mqtt";

export class MqttOverWebSocket implements Protocol {
  readonly peerEndsFirst = false;
  readonly counts: CodecCounts;
  readonly #wire: Wire;
  readonly #socket: WebSocketProtocol;
  readonly #mqtt: MqttProtocol;
  readonly #leftovers = new Leftovers();
  readonly #isUpgraded: Uint8Array;
  readonly #isOpen: Uint8Array;
  /** Whether nothing follows the WebSocket message being handled. */
  #isLastMessage = false;

  constructor(options: Options, greetings: Greetings | null, wire: Wire) {
    this.#wire = wire;
    const maxMessageBytes = options.maxMessageBytes + headerBytes;
    this.#socket = new WebSocketProtocol(
      { ...options, maxMessageBytes, subprotocols: [subprotocol], isBinaryOnly: true },
      this.#socketWire(),
      greetings,
    );
    this.#mqtt = new MqttProtocol(options, greetings, this.#mqttWire());
    this.counts = this.#mqtt.counts;
    this.#isUpgraded = new Uint8Array(options.slots);
    this.#isOpen = new Uint8Array(options.slots);
  }

  get needs(): number {
    return this.#socket.needs;
  }

  greeting(slot: number): Uint8Array {
    return this.#socket.greeting(slot);
  }

  take(slot: number, bytes: Buffer, start: number, end: number): number {
    return this.#socket.take(slot, bytes, start, end, this.#isUpgraded[slot] === 1);
  }

  reset(slot: number): void {
    this.#isUpgraded[slot] = 0;
    this.#isOpen[slot] = 0;
    this.#leftovers.delete(slot);
    this.#socket.reset(slot);
    this.#mqtt.reset(slot);
  }

  farewell(): Uint8Array {
    return Buffer.concat([encodeFrame(opcode.binary, this.#mqtt.farewell()), encodeClose(1000)]);
  }

  farewellOf(slot: number): Uint8Array | null {
    const own = this.#mqtt.farewellOf(slot);
    return own === null ? null : Buffer.concat([encodeFrame(opcode.binary, own), encodeClose(1000)]);
  }

  frame(payload: Uint8Array, isBinary: boolean, slot: number, to?: Destination): Uint8Array | null {
    return framed(this.#mqtt.frame(payload, isBinary, slot, to));
  }

  ping(sentNs: number, slot: number): Uint8Array | null {
    return framed(this.#mqtt.ping(sentNs, slot));
  }

  expire(atNs: number): void {
    this.#mqtt.expire(atNs);
  }

  /** Handles WebSocket events: its messages carry packet bytes. */
  #socketWire(): Wire {
    const ends = (slot: number, open: () => void, code: CauseCode): void =>
      this.#isOpen[slot] === 1 ? open() : this.#wire.refused(slot, "upgrade-invalid", code);
    return {
      ...this.#passedOn(),
      opened: (slot) => {
        this.#isUpgraded[slot] = 1;
        this.#wire.write(slot, encodeFrame(opcode.binary, this.#mqtt.greeting(slot)));
      },
      message: (slot, bytes, start, end, isLast) => this.#received(slot, bytes, start, end, isLast),
      pong: () => {},
      peerClosed: (slot, code) => ends(slot, () => this.#wire.peerClosed(slot, code), code),
      violation: (slot, rule: ViolationRule) => ends(slot, () => this.#wire.violation(slot, rule), rule),
      write: (slot, bytes) => this.#wire.write(slot, bytes),
    };
  }

  /** Handles MQTT events, and writes its packets as one message each. */
  #mqttWire(): Wire {
    const wire = this.#wire;
    return {
      ...this.#passedOn(),
      opened: (slot) => {
        this.#isOpen[slot] = 1;
        wire.opened(slot);
      },
      message: (slot, bytes, start, end, isLast, isText, isRepeat) =>
        wire.message(slot, bytes, start, end, isLast && this.#isLastMessage, isText, isRepeat),
      pong: (slot, sentNs) => wire.pong(slot, sentNs),
      peerClosed: (slot, code) => wire.peerClosed(slot, code),
      violation: (slot, rule) => wire.violation(slot, rule),
      write: (slot, bytes) => wire.write(slot, encodeFrame(opcode.binary, bytes)),
    };
  }

  #passedOn(): Pick<Wire, "refused" | "acknowledged" | "wake" | "abandon"> {
    const wire = this.#wire;
    return {
      refused: (slot: number, cause: Cause, code: CauseCode) => wire.refused(slot, cause, code),
      acknowledged: (slot, sentNs, isRefused) => wire.acknowledged(slot, sentNs, isRefused),
      wake: (slot) => wire.wake(slot),
      abandon: (slot, cause, detail) => wire.abandon(slot, cause, detail),
    };
  }

  /** Bytes of packets; a message boundary need not be a packet boundary [MQTT-6.0.0-2]. */
  #received(slot: number, bytes: Buffer, start: number, end: number, isLast: boolean): void {
    this.#isLastMessage = isLast;
    const isContinued = this.#leftovers.has(slot);
    const whole = isContinued ? this.#leftovers.append(slot, bytes.subarray(start, end), end - start) : bytes;
    if (whole === null) return;
    const from = isContinued ? 0 : start;
    const to = isContinued ? whole.length : end;
    const stopped = this.#mqtt.take(slot, whole, from, to);
    if (this.#isUpgraded[slot] === 0) return;
    if (stopped < to) this.#leftovers.keep(slot, whole, stopped, to, this.#mqtt.needs);
    else if (isContinued) this.#leftovers.delete(slot);
  }
}

const framed = (bytes: Uint8Array | null): Uint8Array | null =>
  bytes === null ? null : encodeFrame(opcode.binary, bytes);
