/**
 * Inflates permessage-deflate messages with the node executable's zlib: one window for all connections whose server
 * resets it for each message.
 */
import { brokenData, type DeflateAgreement, type MessageInflater, tooMuchData } from "../codec/message-deflate.ts";
import { addressOf, exported } from "./libc.ts";

interface Zlib {
  init(stream: number, windowBits: number, version: string, bytes: number): number;
  inflate(stream: number, flush: number): number;
  reset(stream: number): number;
  end(stream: number): number;
}

/** Node's bundled copy uses Chromium's prefixed names; a Node linked with the system's zlib has plain ones. */
const prefixes = ["Cr_z_", ""] as const;

let bound: Zlib | undefined;

/** zlib's functions. Throws when this Node does not export them. */
export function zlib(): Zlib {
  for (const prefix of prefixes) {
    if (bound !== undefined) break;
    try {
      bound = {
        init: exported(`int ${prefix}inflateInit2_(uintptr_t, int, const char *, int)`),
        inflate: exported(`int ${prefix}inflate(uintptr_t, int)`),
        reset: exported(`int ${prefix}inflateReset(uintptr_t)`),
        end: exported(`int ${prefix}inflateEnd(uintptr_t)`),
      };
    } catch {}
  }
  if (bound === undefined) throw new Error("this Node exports no inflate of zlib");
  return bound;
}

/** Field offsets and size of `z_stream` on 64 bit. */
const at = { nextIn: 0, availableIn: 8, nextOut: 24, availableOut: 32 } as const;
const streamBytes = 112;
const syncFlush = 2;
const streamEnd = 1;
const bufferError = -5;
/** The end of a DEFLATE block that the sender omits (section 7.2.1). */
const tail = Buffer.of(0, 0, 0xff, 0xff);
const leastOutputBytes = 16384;

/** A window, in memory that does not move. */
class Stream {
  readonly #bytes = Buffer.from(new ArrayBuffer(streamBytes));
  readonly view = new DataView(this.#bytes.buffer);
  readonly address = addressOf(this.#bytes);

  constructor(windowBits: number) {
    // Raw DEFLATE; zlib's own windows have at least 9 bits.
    const error = zlib().init(this.address, -Math.max(9, windowBits), "1", streamBytes);
    if (error !== 0) throw new Error(`expected zlib to initialize, got ${error}: is the machine out of memory?`);
  }
}

export class ZlibInflater implements MessageInflater {
  output = Buffer.from(new ArrayBuffer(leastOutputBytes));
  #outputAddress = addressOf(this.output);
  #input = Buffer.from(new ArrayBuffer(leastOutputBytes));
  #inputAddress = addressOf(this.#input);
  readonly #maxBytes: number;
  readonly #zlib = zlib();
  readonly #shared = new Stream(15);
  readonly #agreed: Uint8Array;
  /** Windows of connections whose server keeps its own between messages. */
  readonly #own = new Map<number, Stream>();

  /** Neither messages nor the buffer for them grow beyond `maxMessageBytes`. */
  constructor(slots: number, maxMessageBytes: number) {
    this.#agreed = new Uint8Array(slots);
    this.#maxBytes = maxMessageBytes;
  }

  begin(slot: number, { isFresh, windowBits }: DeflateAgreement): void {
    this.#agreed[slot] = 1;
    if (!isFresh) this.#own.set(slot, new Stream(windowBits));
  }

  has(slot: number): boolean {
    return this.#agreed[slot] === 1;
  }

  inflate(slot: number, bytes: Buffer, start: number, end: number): number {
    const own = this.#own.get(slot);
    if (own === undefined) this.#zlib.reset(this.#shared.address);
    return this.#run(own ?? this.#shared, this.#stage(bytes, start, end));
  }

  #stage(bytes: Buffer, start: number, end: number): number {
    const length = end - start + tail.length;
    if (length > this.#input.length) {
      this.#input = Buffer.from(new ArrayBuffer(length * 2));
      this.#inputAddress = addressOf(this.#input);
    }
    bytes.copy(this.#input, 0, start, end);
    tail.copy(this.#input, end - start);
    return length;
  }

  #run({ view, address }: Stream, length: number): number {
    view.setBigUint64(at.nextIn, BigInt(this.#inputAddress), true);
    view.setUint32(at.availableIn, length, true);
    for (let made = 0; ; ) {
      if (made === this.output.length) this.#grow();
      view.setBigUint64(at.nextOut, BigInt(this.#outputAddress + made), true);
      view.setUint32(at.availableOut, this.output.length - made, true);
      const result = this.#zlib.inflate(address, syncFlush);
      made = this.output.length - view.getUint32(at.availableOut, true);
      if (made > this.#maxBytes) return tooMuchData;
      if (result < 0 && result !== bufferError) return brokenData;
      const left = view.getUint32(at.availableIn, true);
      // A block marked as final ends zlib's stream, not the connection's (section 7.2.3.4).
      if (result === streamEnd) this.#zlib.reset(address);
      if (view.getUint32(at.availableOut, true) > 0 && (left === 0 || result === bufferError))
        return left === 0 ? made : brokenData;
    }
  }

  /** Room for one byte more than allowed, which is enough to detect that a message is too large. */
  #grow(): void {
    const grown = Buffer.from(
      new ArrayBuffer(Math.min(this.output.length * 2, Math.max(this.output.length, this.#maxBytes) + 1)),
    );
    this.output.copy(grown);
    this.output = grown;
    this.#outputAddress = addressOf(grown);
  }

  end(slot: number): void {
    this.#agreed[slot] = 0;
    const own = this.#own.get(slot);
    if (own === undefined) return;
    this.#own.delete(slot);
    this.#zlib.end(own.address);
  }
}
