/** Reads from deliberately slow connections: a few bytes from each, ten times a second. */
import type { Engine } from "../connection/engine.ts";
import { slotState } from "./counts/connections.ts";

const everyNs = 0.1e9;

export class SlowReading {
  readonly #engine: Engine;
  readonly #state: Uint8Array;
  readonly #slots: number;
  readonly #bytesPerSecond: number;
  #readNs = 0;

  constructor(engine: Engine, state: Uint8Array, slots: number, bytesPerSecond: number) {
    this.#engine = engine;
    this.#state = state;
    this.#slots = slots;
    this.#bytesPerSecond = bytesPerSecond;
  }

  step(atNs: number): void {
    const elapsedNs = atNs - this.#readNs;
    if (this.#slots === 0 || elapsedNs < everyNs) return;
    this.#readNs = atNs;
    const bytes = Math.floor((this.#bytesPerSecond * Math.min(elapsedNs, 1e9)) / 1e9);
    if (bytes === 0) return;
    for (let slot = 0; slot < this.#slots; slot++)
      if (this.#state[slot] === slotState.open) this.#engine.readSome(slot, bytes);
  }
}
