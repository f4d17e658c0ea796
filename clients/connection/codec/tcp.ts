/**
 * Raw TCP with length prefixes (docs/targets.md): the client sends one line, the peer answers with an empty message
 * (opened), then every message is a big-endian u32 length and its bytes.
 */
import type { Endpoint, Greetings } from "../engine.ts";
import type { Protocol, Wire } from "./protocol.ts";

const prefixBytes = 4;

export class TcpProtocol implements Protocol {
  needs = 1;
  readonly peerEndsFirst = false;
  readonly #wire: Wire;
  readonly #endpoints: readonly Endpoint[];
  readonly #lines: Buffer[];
  readonly #maxMessageBytes: number;
  readonly #greetings: Greetings | null;

  /** Each endpoint's `path` is the query string to send, with or without a leading question mark. */
  constructor(
    options: { endpoints: Endpoint[]; maxMessageBytes: number },
    wire: Wire,
    greetings: Greetings | null = null,
  ) {
    this.#wire = wire;
    this.#maxMessageBytes = options.maxMessageBytes;
    this.#greetings = greetings;
    this.#endpoints = options.endpoints;
    this.#lines = options.endpoints.map(({ path }) => firstLine(path));
  }

  greeting(slot: number): Uint8Array {
    const place = slot % this.#lines.length;
    return this.#greetings === null
      ? this.#lines[place]!
      : firstLine(this.#greetings.path(slot, this.#endpoints[place]!.path));
  }

  reset(): void {}

  farewell(): null {
    return null;
  }

  frame(payload: Uint8Array): Uint8Array {
    const framed = Buffer.alloc(prefixBytes + payload.length);
    framed.writeUInt32BE(payload.length, 0);
    framed.set(payload, prefixBytes);
    return framed;
  }

  ping(): null {
    return null;
  }

  take(slot: number, bytes: Buffer, start: number, end: number, open: boolean): number {
    let isOpen = open;
    let at = start;
    while (end - at >= prefixBytes) {
      const length = bytes.readUInt32BE(at);
      if (!isOpen) {
        if (length !== 0) {
          this.#wire.refused(slot, "upgrade-invalid", "bad-greeting");
          return end;
        }
        this.#wire.opened(slot);
        isOpen = true;
        at += prefixBytes;
        continue;
      }
      if (length > this.#maxMessageBytes) {
        this.#wire.violation(slot, "message-too-large");
        return end;
      }
      if (end - at < prefixBytes + length) {
        this.needs = prefixBytes + length;
        return at;
      }
      const body = at + prefixBytes;
      if (length > 0) this.#wire.message(slot, bytes, body, body + length, body + length === end);
      at = body + length;
    }
    this.needs = prefixBytes;
    return at;
  }
}

const firstLine = (path: string): Buffer => Buffer.from(`${path.replace(/^[^?]*\?/, "")}\n`);
