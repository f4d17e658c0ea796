/**
 * The client side of RFC 6455 as a codec over bytes: handshake (section 4.1), fragmentation (5.4), control frames between
 * fragments (5.5), close (7). No extension is offered, so reserved bits must be zero.
 */
import { isUtf8 } from "node:buffer";
import { createHash, randomBytes } from "node:crypto";
import type { UpgradeFault } from "../../measure/upgrade-fault.ts";
import type { Endpoint } from "../engine.ts";
import type { HeaderFields } from "../header-fields.ts";
import { encodeRequest, findBody, hasToken, hostHeader, parseResponseHead, skipInterim, tooLong, unfinished } from "./http-head.ts";
import type { Protocol, ViolationRule, Wire } from "./protocol.ts";
import { encodeClose, encodeFrame, isCloseCodeLegal, opcode } from "./websocket-frame.ts";

const acceptGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

interface Options {
  slots: number;
  endpoints: Endpoint[];
  headers: HeaderFields;
  subprotocols: string[];
  maxMessageBytes: number;
}

/** What came of a fragmented message: one buffer that doubles, so many small fragments cost linear time. */
interface Fragments {
  bytes: Buffer;
  length: number;
}

/** The close code that answers each violation (section 7.4.1); 1002 where none is named. */
const violationCodes: Partial<Record<ViolationRule, number>> = {
  "message-too-large": 1009,
  "text-not-utf8": 1007,
  "close-reason-not-utf8": 1007,
};

export class WebSocketProtocol implements Protocol {
  needs = 1;
  readonly peerEndsFirst = true;
  readonly #wire: Wire;
  readonly #options: Options;
  readonly #requests: Buffer[];
  readonly #accept: string;
  /** The last head that was accepted; all requests carry the same key. */
  #accepted: Buffer = Buffer.alloc(0);
  /** Opcode of the message whose fragments are arriving, 0 when none. */
  readonly #fragmented: Uint8Array;
  readonly #fragments = new Map<number, Fragments>();

  constructor(options: Options, wire: Wire) {
    this.#options = options;
    this.#wire = wire;
    this.#fragmented = new Uint8Array(options.slots);
    // One key for all connections of a process: it guards against caches, not attackers (section 10.3), and spares a hash a connection.
    const key = randomBytes(16).toString("base64");
    this.#accept = createHash("sha1").update(`${key}${acceptGuid}`).digest("base64");
    this.#requests = options.endpoints.map((endpoint) => {
      const subprotocols = options.subprotocols.length > 0 ? { "sec-websocket-protocol": options.subprotocols.join(", ") } : {};
      const upgrade = { upgrade: "websocket", connection: "Upgrade", "sec-websocket-version": "13", "sec-websocket-key": key };
      return encodeRequest(endpoint.path, hostHeader(endpoint), { ...upgrade, ...subprotocols }, options.headers);
    });
  }

  greeting(slot: number): Uint8Array {
    return this.#requests[slot % this.#requests.length]!;
  }

  reset(slot: number): void {
    this.#fragmented[slot] = 0;
    this.#fragments.delete(slot);
  }

  farewell(): Uint8Array {
    return encodeClose(1000);
  }

  frame(payload: Uint8Array): Uint8Array {
    return encodeFrame(isUtf8(payload) ? opcode.text : opcode.binary, payload);
  }

  ping(sentNs: number): Uint8Array {
    const payload = Buffer.alloc(8);
    payload.writeDoubleBE(sentNs, 0);
    return encodeFrame(opcode.ping, payload);
  }

  take(slot: number, bytes: Buffer, start: number, end: number, open: boolean): number {
    let at = start;
    if (!open) {
      const answer = skipInterim(bytes, start, end);
      at = this.#takeUpgrade(slot, bytes, answer, end);
      if (at === answer) return at;
    }
    while (at < end) {
      const next = this.#takeFrame(slot, bytes, at, end);
      if (next <= at) return next < 0 ? end : at;
      at = next;
    }
    return at;
  }

  /** Returns `start` when the head is not whole yet, else where the frames begin; `end` after a refusal. */
  #takeUpgrade(slot: number, bytes: Buffer, start: number, end: number): number {
    const body = findBody(bytes, start, end);
    if (body === unfinished) return this.#wait(start, end - start + 1);
    if (this.#isAcceptedBefore(bytes, start, body)) {
      this.#wire.opened(slot);
      return body;
    }
    const head = body === tooLong ? null : parseResponseHead(bytes.toString("latin1", start, body));
    const fault = head === null ? (body === tooLong ? "head-too-large" : "bad-head") : this.#upgradeFault(head.headers);
    if (head !== null && head.status !== 101) this.#wire.refused(slot, "upgrade-rejected", head.status);
    else if (fault !== null) this.#wire.refused(slot, "upgrade-invalid", fault);
    else {
      this.#accepted = Buffer.from(bytes.subarray(start, body));
      this.#wire.opened(slot);
      return body;
    }
    return end;
  }

  /** Servers answer every upgrade with the same bytes, within a second at least: those are compared instead of parsed. */
  #isAcceptedBefore(bytes: Buffer, start: number, body: number): boolean {
    const { length } = this.#accepted;
    return length === body - start && bytes.compare(this.#accepted, 0, length, start, body) === 0;
  }

  /** What is wrong with the fields of a 101 (section 4.1), or null. */
  #upgradeFault(headers: Map<string, string>): UpgradeFault | null {
    if (headers.get("upgrade")?.toLowerCase() !== "websocket" || !hasToken(headers.get("connection"), "upgrade")) return "bad-upgrade";
    if (headers.get("sec-websocket-accept") !== this.#accept) return "bad-accept";
    if (headers.get("sec-websocket-extensions") !== undefined) return "unasked-extension";
    const { subprotocols } = this.#options;
    const chosen = headers.get("sec-websocket-protocol");
    // As browsers do: who asks for subprotocols must be given one of them.
    const isRight = subprotocols.length === 0 ? chosen === undefined : subprotocols.includes(chosen ?? "");
    return isRight ? null : "bad-subprotocol";
  }

  /** Returns where the frame ends, `at` when it is not whole (then `needs` says how much is), -1 when the connection is over. */
  #takeFrame(slot: number, bytes: Buffer, at: number, end: number): number {
    const available = end - at;
    if (available < 2) return this.#wait(at, 2);
    const first = bytes[at]!;
    const second = bytes[at + 1]!;
    let length = second & 0x7f;
    let header = 2;
    if (length === 126) {
      if (available < 4) return this.#wait(at, 4);
      length = bytes.readUInt16BE(at + 2);
      header = 4;
    } else if (length === 127) {
      if (available < 10) return this.#wait(at, 10);
      length = bytes.readUInt32BE(at + 2) * 0x100000000 + bytes.readUInt32BE(at + 6);
      header = 10;
    }
    const code = first & 0x0f;
    const broken = frameViolation(first, second, code, length, this.#fragmented[slot]!, this.#options.maxMessageBytes);
    if (broken !== null) {
      this.#violation(slot, broken);
      return -1;
    }
    if (available < header + length) return this.#wait(at, header + length);
    const body = at + header;
    if (first === 0x82) {
      this.#wire.message(slot, bytes, body, body + length, body + length === end);
      return body + length;
    }
    const next = body + length;
    const isLast = next === end;
    let goesOn: boolean;
    if (code >= 8) goesOn = this.#control(slot, code, bytes.subarray(body, next));
    else if (code !== opcode.continuation && (first & 0x80) !== 0) goesOn = this.#deliver(slot, code, bytes, body, next, isLast);
    else goesOn = this.#fragment(slot, first, bytes.subarray(body, next), isLast);
    return goesOn ? next : -1;
  }

  #wait(at: number, bytes: number): number {
    this.needs = bytes;
    return at;
  }

  /** Always false: the connection does not go on. */
  #violation(slot: number, rule: ViolationRule): false {
    this.#wire.write(slot, encodeClose(violationCodes[rule] ?? 1002));
    this.#wire.violation(slot, rule);
    return false;
  }

  /** A piece of a message. Returns false when the connection is over. */
  #fragment(slot: number, first: number, payload: Buffer, isLast: boolean): boolean {
    const code = first & 0x0f;
    if (code !== opcode.continuation) this.#fragmented[slot] = code;
    const known = this.#fragments.get(slot);
    const length = (known?.length ?? 0) + payload.length;
    if (length > this.#options.maxMessageBytes) return this.#violation(slot, "message-too-large");
    const fragments = known ?? { bytes: Buffer.allocUnsafe(Math.max(256, length)), length: 0 };
    if (known === undefined) this.#fragments.set(slot, fragments);
    if (length > fragments.bytes.length) {
      const grown = Buffer.allocUnsafe(length * 2);
      fragments.bytes.copy(grown, 0, 0, fragments.length);
      fragments.bytes = grown;
    }
    payload.copy(fragments.bytes, fragments.length);
    fragments.length = length;
    if ((first & 0x80) === 0) return true;
    const kind = this.#fragmented[slot]!;
    this.reset(slot);
    return this.#deliver(slot, kind, fragments.bytes, 0, length, isLast);
  }

  #deliver(slot: number, code: number, bytes: Buffer, start: number, end: number, isLast: boolean): boolean {
    if (code === opcode.text && !isText(bytes, start, end)) return this.#violation(slot, "text-not-utf8");
    this.#wire.message(slot, bytes, start, end, isLast, code === opcode.text);
    return true;
  }

  #control(slot: number, code: number, payload: Buffer): boolean {
    if (code === opcode.ping) {
      this.#wire.write(slot, encodeFrame(opcode.pong, payload));
      return true;
    }
    if (code === opcode.pong) {
      if (payload.length === 8) this.#wire.pong(slot, payload.readDoubleBE(0));
      return true;
    }
    if (payload.length === 1) return this.#violation(slot, "close-payload");
    const status = payload.length > 0 ? payload.readUInt16BE(0) : 0;
    if (payload.length > 0 && !isCloseCodeLegal(status)) return this.#violation(slot, "close-code");
    if (payload.length > 2 && !isUtf8(payload.subarray(2))) return this.#violation(slot, "close-reason-not-utf8");
    this.#wire.write(slot, encodeClose(status));
    this.#wire.peerClosed(slot, status);
    return false;
  }
}

/** Whether bytes are UTF-8. Most text is ASCII, which is seen without making a view of it. */
function isText(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at]! >= 0x80) return isUtf8(bytes.subarray(at, end));
  return true;
}

/** The rule a frame header breaks, or null. */
function frameViolation(first: number, second: number, code: number, length: number, fragmented: number, maxMessageBytes: number): ViolationRule | null {
  if ((first & 0x70) !== 0) return "reserved-bits";
  if ((second & 0x80) !== 0) return "masked-by-server";
  if (code >= 8) {
    if (code > 10) return "bad-opcode";
    if ((first & 0x80) === 0) return "fragmented-control";
    return (second & 0x7f) > 125 ? "control-too-long" : null;
  }
  if (code > 2) return "bad-opcode";
  if (code === opcode.continuation && fragmented === 0) return "continuation-without-start";
  if (code !== opcode.continuation && fragmented !== 0) return "start-inside-fragments";
  return length > maxMessageBytes ? "message-too-large" : null;
}
