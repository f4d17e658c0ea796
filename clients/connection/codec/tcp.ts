/**
 * Raw TCP, length-prefixed (docs/targets.md): we send one line, the peer answers with an empty message (opened), then every
 * message is a big-endian u32 length and its bytes.
 */
import type { Endpoint } from "../engine.ts";
import type { Protocol, Wire } from "./protocol.ts";

const prefixBytes = 4;

export class TcpProtocol implements Protocol {
  needs = 1;
  readonly peerEndsFirst = false;
  readonly #wire: Wire;
  readonly #lines: Buffer[];
  readonly #maxMessageBytes: number;

  /** Each endpoint's `path` is the query string to send, with or without its question mark. */
  constructor(options: { endpoints: Endpoint[]; maxMessageBytes: number }, wire: Wire) {
    this.#wire = wire;
    this.#maxMessageBytes = options.maxMessageBytes;
    this.#lines = options.endpoints.map(({ path }) => Buffer.from(`${path.replace(/^[^?]*\?/, "")}\n`));
  }

  greeting(slot: number): Uint8Array {
    return this.#lines[slot % this.#lines.length]!;
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
