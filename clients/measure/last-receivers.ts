/**
 * Time from each published message to its last receiver, as far as one process knows; merging takes the maximum. Sent
 * once, at the end: messages are numbered from 0 over all that were due, as sequence x publishers + publisher.
 */
import { Histogram } from "./histogram/histogram.ts";

/** Not recorded beyond this many messages, because it is sent as a single text. */
export const mostMessages = 500_000;

/** One publish: microseconds by message, 0 for one without a receiver; base64 of little-endian float32. */
export type WireLastReceivers = string;

export class LastReceivers {
  #longestUs: Float32Array;
  /** Number of processes merged into it. */
  shards = 1;

  constructor(messages: number) {
    this.#longestUs = new Float32Array(messages);
  }

  record(message: number, latencyNs: number): void {
    const us = Math.max(latencyNs / 1000, 0.001);
    if (us > this.#longestUs[message]!) this.#longestUs[message] = us;
  }

  add(other: LastReceivers): void {
    if (other.#longestUs.length > this.#longestUs.length) {
      const grown = new Float32Array(other.#longestUs.length);
      grown.set(this.#longestUs);
      this.#longestUs = grown;
    }
    for (let i = 0; i < other.#longestUs.length; i++)
      if (other.#longestUs[i]! > this.#longestUs[i]!) this.#longestUs[i] = other.#longestUs[i]!;
    this.shards += other.shards;
  }

  histogram(): Histogram {
    const histogram = new Histogram();
    for (const us of this.#longestUs) if (us > 0) histogram.recordNs(us * 1000);
    return histogram;
  }

  toWire(): WireLastReceivers {
    const { buffer, byteOffset, byteLength } = this.#longestUs;
    return Buffer.from(buffer, byteOffset, byteLength).toString("base64");
  }

  static fromWire(wire: WireLastReceivers): LastReceivers {
    const bytes = Buffer.from(wire, "base64");
    const read = new LastReceivers(bytes.length / 4);
    for (let i = 0; i < read.#longestUs.length; i++) read.#longestUs[i] = bytes.readFloatLE(i * 4);
    return read;
  }

  /** A copy that can be added to. */
  copy(): LastReceivers {
    const copied = new LastReceivers(0);
    copied.#longestUs = this.#longestUs.slice();
    copied.shards = this.shards;
    return copied;
  }
}
