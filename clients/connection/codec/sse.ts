/**
 * Server-sent events over HTTP/1.1 as a codec over bytes: the response head and body framing (RFC 9112, section 6:
 * chunked, by length, or until the end); events are parsed by event-stream.ts. The stream has no close message: the
 * last chunk, or the last byte of a length, counts as a close without a code, and what follows is ignored; an earlier
 * FIN is `eof`.
 */
import type { UpgradeFault } from "../../measure/upgrade-fault.ts";
import type { Endpoint, Greetings } from "../engine.ts";
import type { HeaderFields } from "../header-fields.ts";
import { EventStream } from "./event-stream.ts";
import { chunkSize, mostChunkLineBytes } from "./http-chunk.ts";
import {
  encodeRequest,
  findBody,
  hostHeader,
  parseResponseHead,
  type ResponseHead,
  skipInterim,
  tooLong,
  unfinished,
} from "./http-head.ts";
import type { LastEvents } from "./last-events.ts";
import type { CodecCounts, Protocol, ViolationRule, Wire } from "./protocol.ts";
import { decodeBase64, isPush } from "./push-text.ts";

const lineFeed = 10;
const carriageReturn = 13;
/** Allowance for the text encoding of a push message, bytes. */
const encodingRoomBytes = 4096;

/** How a body is framed. */
const untilEnd = 0;
const chunked = 1;
const counted = 2;

interface Options {
  slots: number;
  endpoints: Endpoint[];
  headers: HeaderFields;
  maxMessageBytes: number;
}

export class SseProtocol implements Protocol {
  needs = 1;
  readonly peerEndsFirst = false;
  readonly #wire: Wire;
  readonly #options: Options;
  readonly #greetings: Greetings | null;
  readonly #requests: Buffer[];
  readonly #maxMessageBytes: number;
  readonly #framing: Uint8Array;
  /** Bytes still to come: of the body, or of the current chunk including its closing CR LF; 0 between chunks. */
  readonly #left: Float64Array;
  /** Counts the connections of a slot, so that the rest of a read of an earlier connection is dropped. */
  readonly #life: Uint32Array;
  readonly #events: EventStream;
  readonly #lastEvents: LastEvents | null;
  readonly counts?: CodecCounts;

  constructor(options: Options, wire: Wire, greetings: Greetings | null = null) {
    const { slots, maxMessageBytes } = options;
    this.#wire = wire;
    this.#options = options;
    this.#greetings = greetings;
    this.#maxMessageBytes = maxMessageBytes;
    this.#framing = new Uint8Array(slots);
    this.#left = new Float64Array(slots);
    this.#life = new Uint32Array(slots);
    const lastEvents = greetings?.lastEvents ?? null;
    this.#lastEvents = lastEvents;
    if (lastEvents !== null) this.counts = lastEvents.counts;
    this.#events = new EventStream(
      { slots, maxEventBytes: maxMessageBytes * 2 + encodingRoomBytes, ...(lastEvents === null ? {} : { lastEvents }) },
      (slot, bytes, start, end, isLast) => this.#tell(slot, bytes, start, end, isLast),
    );
    this.#requests = options.endpoints.map((endpoint) => request(endpoint, endpoint.path, options.headers));
  }

  greeting(slot: number): Uint8Array {
    const place = slot % this.#requests.length;
    if (this.#greetings === null) return this.#requests[place]!;
    const endpoint = this.#options.endpoints[place]!;
    return request(endpoint, this.#greetings.path(slot, endpoint.path), this.#greetings.headers(slot));
  }

  reset(slot: number): void {
    this.#left[slot] = 0;
    this.#life[slot]!++;
    this.#events.reset(slot);
  }

  farewell(): null {
    return null;
  }

  frame(payload: Uint8Array): Uint8Array {
    return payload;
  }

  ping(): null {
    return null;
  }

  take(slot: number, bytes: Buffer, start: number, end: number, open: boolean): number {
    const life = this.#life[slot]!;
    let at = start;
    if (!open) {
      const answer = skipInterim(bytes, start, end);
      at = this.#takeHead(slot, bytes, answer, end);
      if (at === answer || this.#life[slot] !== life) return at === answer ? at : end;
      if (this.#isWhole(slot)) return this.#end(slot, end);
    }
    while (at < end) {
      const next = this.#step(slot, bytes, at, end);
      if (next < 0 || this.#life[slot] !== life) return end;
      if (next === at) return at;
      at = next;
    }
    return at;
  }

  /** Returns where the body begins, `start` when the head is incomplete, `end` after a refusal. */
  #takeHead(slot: number, bytes: Buffer, start: number, end: number): number {
    const body = findBody(bytes, start, end);
    if (body === unfinished) {
      this.needs = end - start + 1;
      return start;
    }
    const head = body === tooLong ? null : parseResponseHead(bytes.toString("latin1", start, body));
    const fault = head === null ? (body === tooLong ? "head-too-large" : "bad-head") : streamFault(head);
    if (head !== null && head.status !== 200) this.#wire.refused(slot, "upgrade-rejected", head.status);
    else if (fault !== null || head === null) this.#wire.refused(slot, "upgrade-invalid", fault ?? "bad-head");
    else {
      const length = head.headers.get("content-length");
      this.#framing[slot] = head.headers.has("transfer-encoding") ? chunked : length === undefined ? untilEnd : counted;
      this.#left[slot] = this.#framing[slot] === counted ? lengthOf(length) : 0;
      this.#lastEvents?.opened(slot);
      this.#wire.opened(slot);
      return body;
    }
    return end;
  }

  /**
   * Parses the next part of the body. Returns where it ends, `at` when more is needed, -1 when the connection is over.
   */
  #step(slot: number, bytes: Buffer, at: number, end: number): number {
    switch (this.#framing[slot]) {
      case chunked:
        return this.#left[slot] === 0 ? this.#takeSize(slot, bytes, at, end) : this.#takeChunk(slot, bytes, at, end);
      case counted:
        return this.#takeCounted(slot, bytes, at, end);
      default:
        return this.#takeEvents(slot, bytes, at, end, true) ? end : -1;
    }
  }

  #isWhole(slot: number): boolean {
    return this.#framing[slot] === counted && this.#left[slot] === 0;
  }

  /** The body is complete. */
  #end(slot: number, result: number): number {
    this.#wire.peerClosed(slot, 0);
    return result;
  }

  #takeCounted(slot: number, bytes: Buffer, at: number, end: number): number {
    const life = this.#life[slot];
    const next = Math.min(end, at + this.#left[slot]!);
    this.#left[slot]! -= next - at;
    if (!this.#takeEvents(slot, bytes, at, next, next === end)) return -1;
    return this.#life[slot] === life && this.#left[slot] === 0 ? this.#end(slot, -1) : next;
  }

  /** The line before a chunk. */
  #takeSize(slot: number, bytes: Buffer, at: number, end: number): number {
    const feed = bytes.indexOf(lineFeed, at);
    const isWhole = feed >= 0 && feed < end;
    if ((isWhole ? feed : end) - at >= mostChunkLineBytes) return this.#violation(slot, "bad-chunk");
    if (!isWhole) {
      this.needs = end - at + 1;
      return at;
    }
    const size = chunkSize(bytes, at, feed);
    if (size < 0) return this.#violation(slot, "bad-chunk");
    if (size === 0) return this.#end(slot, -1);
    this.#left[slot] = size + 2;
    return feed + 1;
  }

  /** The received part of a chunk, which may hold any part of an event, or several. */
  #takeChunk(slot: number, bytes: Buffer, at: number, end: number): number {
    const left = this.#left[slot]!;
    if (left <= 2) {
      if (bytes[at] !== (left === 2 ? carriageReturn : lineFeed)) return this.#violation(slot, "bad-chunk");
      this.#left[slot] = left - 1;
      return at + 1;
    }
    const next = Math.min(end, at + left - 2);
    this.#left[slot] = left - (next - at);
    const isWhole = next === at + left - 2;
    // The CR LF after a chunk arrived with the event's last byte.
    const endsRead = end - next <= (isWhole ? 2 : 0);
    return this.#takeEvents(slot, bytes, at, next, endsRead) ? next : -1;
  }

  #takeEvents(slot: number, bytes: Buffer, at: number, end: number, endsRead: boolean): boolean {
    if (this.#events.take(slot, bytes, at, end, endsRead)) return true;
    this.#violation(slot, "message-too-large");
    return false;
  }

  /** Delivers an event: a push message decoded to its bytes, other data as received. */
  #tell(slot: number, bytes: Buffer, start: number, end: number, isLast: boolean): boolean {
    const stop = isPush(bytes, start, end) ? decodeBase64(bytes, start, end) : end;
    if (stop - start > this.#maxMessageBytes) return false;
    this.#wire.message(slot, bytes, start, stop, isLast);
    return true;
  }

  #violation(slot: number, rule: ViolationRule): -1 {
    this.#wire.violation(slot, rule);
    return -1;
  }
}

function request(endpoint: Endpoint, path: string, headers: HeaderFields): Buffer {
  return encodeRequest(
    path,
    hostHeader(endpoint),
    { accept: "text/event-stream", "cache-control": "no-cache" },
    headers,
  );
}

/** What is wrong with the header fields of a 200 response, or null. */
function streamFault({ headers }: ResponseHead): UpgradeFault | null {
  const type = headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "text/event-stream") return "not-an-event-stream";
  if ((headers.get("content-encoding") ?? "identity").toLowerCase() !== "identity") return "content-coded";
  const coding = headers.get("transfer-encoding");
  // A length is ignored when a transfer coding is given (RFC 9112, section 6.3).
  if (coding !== undefined) return coding.toLowerCase() === "chunked" ? null : "transfer-coded";
  return Number.isNaN(lengthOf(headers.get("content-length"))) ? "bad-length" : null;
}

/** A content length in bytes, which may be repeated with the same value. NaN when it is invalid. */
function lengthOf(value: string | undefined): number {
  if (value === undefined) return 0;
  const parts = new Set(value.split(",").map((part) => part.trim()));
  const [length = ""] = parts;
  return parts.size === 1 && /^[0-9]{1,15}$/.test(length) ? Number(length) : Number.NaN;
}
