/**
 * The client side of RFC 6455 as a codec over bytes: handshake (section 4.1), fragmentation (5.4), control frames
 * between fragments (5.5), close (7). With an inflater, permessage-deflate is offered (message-deflate.ts); otherwise
 * reserved bits must be zero.
 */
import { isUtf8 } from "node:buffer";
import type { Endpoint, Greetings } from "../engine.ts";
import type { HeaderFields } from "../header-fields.ts";
import { findBody, parseResponseHead, skipInterim, tooLong, unfinished } from "./http-head.ts";
import {
  brokenData,
  type DeflateAgreement,
  type MessageInflater,
  parseAgreement,
  tooMuchData,
} from "./message-deflate.ts";
import type { Protocol, ViolationRule, Wire } from "./protocol.ts";
import { encodeClose, encodeFrame, frameViolation, isCloseCodeLegal, isText, opcode } from "./websocket-frame.ts";
import { WebSocketUpgrade } from "./websocket-upgrade.ts";

interface Options {
  slots: number;
  endpoints: Endpoint[];
  headers: HeaderFields;
  subprotocols: string[];
  maxMessageBytes: number;
  /** The payload is a byte stream: a text frame is a violation. */
  isBinaryOnly?: boolean;
}

/** The received part of a fragmented message: one buffer that doubles, so many small fragments take linear time. */
interface Fragments {
  bytes: Buffer;
  length: number;
  isCompressed: boolean;
}

/** RSV1: the message that starts here is compressed (RFC 7692, section 6). */
const compressed = 0x40;

/** The close code sent for each violation (section 7.4.1); 1002 where none is listed. */
const violationCodes: Partial<Record<ViolationRule, number>> = {
  "message-too-large": 1009,
  "text-frame": 1003,
  "text-not-utf8": 1007,
  "close-reason-not-utf8": 1007,
  "bad-compression": 1007,
};

export class WebSocketProtocol implements Protocol {
  needs = 1;
  readonly peerEndsFirst = true;
  readonly #wire: Wire;
  readonly #options: Options;
  readonly #upgrade: WebSocketUpgrade;
  /** The last response head that was accepted; all requests carry the same key. */
  #accepted: Buffer = Buffer.alloc(0);
  /** The compression agreed in that response; null: none. */
  #agreement: DeflateAgreement | null = null;
  readonly #inflater: MessageInflater | null;
  /** Opcode of the message whose fragments are arriving, 0 when there is none. */
  readonly #fragmented: Uint8Array;
  readonly #fragments = new Map<number, Fragments>();

  /** Without an inflater no compression is offered. */
  constructor(
    options: Options,
    wire: Wire,
    greetings: Greetings | null = null,
    inflater: MessageInflater | null = null,
  ) {
    this.#options = options;
    this.#inflater = inflater;
    this.#wire = wire;
    this.#fragmented = new Uint8Array(options.slots);
    this.#upgrade = new WebSocketUpgrade(options, greetings, inflater !== null);
  }

  greeting(slot: number): Uint8Array {
    return this.#upgrade.request(slot);
  }

  reset(slot: number): void {
    this.#forgetFragments(slot);
    this.#inflater?.end(slot);
  }

  #forgetFragments(slot: number): void {
    this.#fragmented[slot] = 0;
    this.#fragments.delete(slot);
  }

  farewell(): Uint8Array {
    return encodeClose(1000);
  }

  frame(payload: Uint8Array, isBinary = false): Uint8Array {
    return encodeFrame(!isBinary && isUtf8(payload) ? opcode.text : opcode.binary, payload);
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

  /** Returns `start` when the head is incomplete, otherwise where the frames begin; `end` after a refusal. */
  #takeUpgrade(slot: number, bytes: Buffer, start: number, end: number): number {
    const body = findBody(bytes, start, end);
    if (body === unfinished) return this.#wait(start, end - start + 1);
    if (this.#isAcceptedBefore(bytes, start, body)) {
      this.#open(slot);
      return body;
    }
    const head = body === tooLong ? null : parseResponseHead(bytes.toString("latin1", start, body));
    const fault =
      head === null ? (body === tooLong ? "head-too-large" : "bad-head") : this.#upgrade.fault(slot, head.headers);
    if (head !== null && head.status !== 101) this.#wire.refused(slot, "upgrade-rejected", head.status);
    else if (fault !== null) this.#wire.refused(slot, "upgrade-invalid", fault);
    else {
      // Not cached where connections offer different subprotocols: one response does not validate another.
      if (!this.#upgrade.differs) this.#accepted = Buffer.from(bytes.subarray(start, body));
      const extensions = head?.headers.get("sec-websocket-extensions");
      this.#agreement = extensions === undefined ? null : parseAgreement(extensions);
      this.#open(slot);
      return body;
    }
    return end;
  }

  #open(slot: number): void {
    if (this.#inflater !== null) {
      if (this.#agreement !== null) this.#inflater.begin(slot, this.#agreement);
      this.#wire.agreed?.(slot, "compression", this.#agreement?.text ?? "none");
    }
    this.#wire.opened(slot);
  }

  /**
   * Servers answer all upgrades within the same second, or longer, with identical bytes, which are compared instead of
   * parsed.
   */
  #isAcceptedBefore(bytes: Buffer, start: number, body: number): boolean {
    const { length } = this.#accepted;
    return length === body - start && bytes.compare(this.#accepted, 0, length, start, body) === 0;
  }

  /**
   * Returns where the frame ends, `at` when it is incomplete (then `needs` says how many bytes are needed), -1 when the
   * connection is over.
   */
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
    const isCompressed =
      (first & compressed) !== 0 && this.#inflater?.has(slot) === true && code !== opcode.continuation && code < 8;
    const broken = frameViolation(
      isCompressed ? first & ~compressed : first,
      second,
      code,
      length,
      this.#fragmented[slot]!,
      this.#options.maxMessageBytes,
    );
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
    else if (code !== opcode.continuation && (first & 0x80) !== 0)
      goesOn = this.#whole(slot, code, isCompressed, bytes, body, next, isLast);
    else goesOn = this.#fragment(slot, first, bytes.subarray(body, next), isLast);
    return goesOn ? next : -1;
  }

  #wait(at: number, bytes: number): number {
    this.needs = bytes;
    return at;
  }

  /** Always returns false: the connection ends. */
  #violation(slot: number, rule: ViolationRule): false {
    this.#wire.write(slot, encodeClose(violationCodes[rule] ?? 1002));
    this.#wire.violation(slot, rule);
    return false;
  }

  /** Handles a fragment of a message. Returns false when the connection is over. */
  #fragment(slot: number, first: number, payload: Buffer, isLast: boolean): boolean {
    const code = first & 0x0f;
    if (code !== opcode.continuation) this.#fragmented[slot] = code;
    const known = this.#fragments.get(slot);
    const length = (known?.length ?? 0) + payload.length;
    if (length > this.#options.maxMessageBytes) return this.#violation(slot, "message-too-large");
    const isCompressed = (first & compressed) !== 0;
    const fragments = known ?? { bytes: Buffer.allocUnsafe(Math.max(256, length)), length: 0, isCompressed };
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
    this.#forgetFragments(slot);
    return this.#whole(slot, kind, fragments.isCompressed, fragments.bytes, 0, length, isLast);
  }

  #whole(
    slot: number,
    code: number,
    isCompressed: boolean,
    bytes: Buffer,
    start: number,
    end: number,
    isLast: boolean,
  ): boolean {
    if (!isCompressed || this.#inflater === null) return this.#deliver(slot, code, bytes, start, end, isLast);
    const length = this.#inflater.inflate(slot, bytes, start, end);
    if (length === tooMuchData) return this.#violation(slot, "message-too-large");
    if (length === brokenData) return this.#violation(slot, "bad-compression");
    return this.#deliver(slot, code, this.#inflater.output, 0, length, isLast);
  }

  #deliver(slot: number, code: number, bytes: Buffer, start: number, end: number, isLast: boolean): boolean {
    if (code === opcode.text && this.#options.isBinaryOnly === true) return this.#violation(slot, "text-frame");
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
    this.#wire.peerClosed(slot, status, payload.length > 2 ? payload.toString("utf8", 2) : "");
    return false;
  }
}
