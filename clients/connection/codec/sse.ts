/**
 * Server-sent events over HTTP/1.1, chunked (RFC 9112, section 7.1) or not, as a codec over bytes; the events themselves are
 * event-stream.ts. The stream has no farewell: the peer's last chunk is a close without code, a FIN before it is `eof`.
 */
import type { Endpoint, Greetings } from "../engine.ts";
import { EventStream } from "./event-stream.ts";
import { chunkSize } from "./http-chunk.ts";
import { encodeRequest, findBody, hasToken, hostHeader, parseResponseHead, type ResponseHead, tooLong, unfinished } from "./http-head.ts";
import type { Protocol, ViolationRule, Wire } from "./protocol.ts";

const lineFeed = 10;
const carriageReturn = 13;
/** Longest chunk-size line, bytes: a size and room for extensions. */
const mostChunkLineBytes = 256;

interface Options {
  slots: number;
  endpoints: Endpoint[];
  headers: Record<string, string>;
  maxMessageBytes: number;
}

export class SseProtocol implements Protocol {
  needs = 1;
  readonly peerEndsFirst = false;
  readonly #wire: Wire;
  readonly #options: Options;
  readonly #greetings: Greetings | null;
  readonly #requests: Buffer[];
  readonly #isChunked: Uint8Array;
  /** What is still to come of the present chunk, its closing CR LF included; 0 between chunks. */
  readonly #chunkLeft: Float64Array;
  readonly #events: EventStream;

  constructor(options: Options, wire: Wire, greetings: Greetings | null = null) {
    this.#wire = wire;
    this.#options = options;
    this.#greetings = greetings;
    this.#isChunked = new Uint8Array(options.slots);
    this.#chunkLeft = new Float64Array(options.slots);
    this.#events = new EventStream(options.maxMessageBytes, (slot, bytes, start, end, isLast) => wire.message(slot, bytes, start, end, isLast));
    this.#requests = options.endpoints.map((endpoint) => request(endpoint, endpoint.path, options.headers));
  }

  greeting(slot: number): Uint8Array {
    const place = slot % this.#requests.length;
    if (this.#greetings === null) return this.#requests[place]!;
    const endpoint = this.#options.endpoints[place]!;
    return request(endpoint, this.#greetings.path(slot, endpoint.path), this.#greetings.headers(slot));
  }

  reset(slot: number): void {
    this.#chunkLeft[slot] = 0;
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
    let at = start;
    if (!open) {
      at = this.#takeHead(slot, bytes, start, end);
      if (at === start || at === end) return at;
    }
    if (this.#isChunked[slot] === 0) {
      if (!this.#events.take(slot, bytes, at, end, true)) this.#violation(slot, "message-too-large");
      return end;
    }
    while (at < end) {
      const next = this.#chunkLeft[slot] === 0 ? this.#takeSize(slot, bytes, at, end) : this.#takeChunk(slot, bytes, at, end);
      if (next <= at) return next < 0 ? end : at;
      at = next;
    }
    return at;
  }

  #takeHead(slot: number, bytes: Buffer, start: number, end: number): number {
    const body = findBody(bytes, start, end);
    if (body === unfinished) {
      this.needs = end - start + 1;
      return start;
    }
    const head = body === tooLong ? null : parseResponseHead(bytes.toString("latin1", start, body));
    if (head === null) this.#wire.refused(slot, "upgrade-invalid", 0);
    else if (head.status !== 200) this.#wire.refused(slot, "upgrade-rejected", head.status);
    else if (!isEventStream(head)) this.#wire.refused(slot, "upgrade-invalid", 200);
    else {
      this.#isChunked[slot] = hasToken(head.headers.get("transfer-encoding"), "chunked") ? 1 : 0;
      this.#wire.opened(slot);
      return body;
    }
    return end;
  }

  /** The line before a chunk. Returns where it ends, `at` when it is not whole, -1 when the connection is over. */
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
    if (size === 0) {
      this.#wire.peerClosed(slot, 0);
      return -1;
    }
    this.#chunkLeft[slot] = size + 2;
    return feed + 1;
  }

  /** What has come of a chunk, which may hold any part of an event, or several. */
  #takeChunk(slot: number, bytes: Buffer, at: number, end: number): number {
    const left = this.#chunkLeft[slot]!;
    if (left <= 2) {
      if (bytes[at] !== (left === 2 ? carriageReturn : lineFeed)) return this.#violation(slot, "bad-chunk");
      this.#chunkLeft[slot] = left - 1;
      return at + 1;
    }
    const next = Math.min(end, at + left - 2);
    this.#chunkLeft[slot] = left - (next - at);
    const isWhole = next === at + left - 2;
    // The CR LF after a chunk came with the event's last byte.
    const endsRead = end - next <= (isWhole ? 2 : 0);
    return this.#events.take(slot, bytes, at, next, endsRead) ? next : this.#violation(slot, "message-too-large");
  }

  #violation(slot: number, rule: ViolationRule): -1 {
    this.#wire.violation(slot, rule);
    return -1;
  }
}

function request(endpoint: Endpoint, path: string, headers: Record<string, string>): Buffer {
  return encodeRequest(path, hostHeader(endpoint), { accept: "text/event-stream", "cache-control": "no-cache", ...headers });
}

function isEventStream({ headers }: ResponseHead): boolean {
  const type = headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  return type === "text/event-stream" && (headers.get("content-encoding") ?? "identity") === "identity";
}
