/** Collects the acknowledgements for one read and writes them at once, in the order of the messages [MQTT-4.6.0-2]. */
import type { Wire } from "../protocol.ts";

const mostBytes = 4096;

export class Acknowledgements {
  readonly #wire: Wire;
  readonly #bytes = new Uint8Array(new ArrayBuffer(mostBytes));
  /** A cached view per length, so that writing allocates none. */
  readonly #views: (Uint8Array | undefined)[] = [];
  #length = 0;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  /** Adds a packet of a type and packet id: four bytes, which in MQTT 5 means success. */
  add(slot: number, first: number, packetId: number): void {
    if (this.#length + 4 > mostBytes) this.flush(slot);
    const bytes = this.#bytes;
    bytes[this.#length] = first;
    bytes[this.#length + 1] = 2;
    bytes[this.#length + 2] = packetId >> 8;
    bytes[this.#length + 3] = packetId & 255;
    this.#length += 4;
  }

  /** Drops what was collected for a connection that is over. */
  discard(): void {
    this.#length = 0;
  }

  /** Must be called before anything else is written on the slot, and at the end of each read. */
  flush(slot: number): void {
    const length = this.#length;
    if (length === 0) return;
    this.#length = 0;
    const view = this.#views[length] ?? this.#bytes.subarray(0, length);
    this.#views[length] = view;
    this.#wire.write(slot, view);
  }
}
