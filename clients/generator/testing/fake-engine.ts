/** An engine for tests: a random simulated target, and a clock that moves only when told to. */
import type { CloseManner, ConnectionSink, Engine, EngineCounts, SocketEvidence } from "../../connection/engine.ts";
import { ownStamp } from "../../connection/engine.ts";
import type { Cause } from "../../measure/cause.ts";

/** Behaviour of the target; shares are 0 to 1. */
export interface FakeTarget {
  refuses: number;
  loses: number;
  resetsPerTick: number;
  answersCloseAfterMs: number;
}

const idle = 0;
const opening = 1;
const open = 2;
const closing = 3;

const pushBytes = (tick: number, dueNs: number): Buffer => {
  const bytes = Buffer.alloc(32);
  bytes.write("HF", 0, "latin1");
  bytes[2] = 1;
  bytes[3] = 1;
  bytes.writeUInt32BE(tick, 4);
  bytes.writeBigUInt64BE(BigInt(dueNs), 8);
  const check = (tick ^ bytes.readUInt32BE(8) ^ bytes.readUInt32BE(12) ^ 0x48460100 ^ 1) >>> 0;
  bytes.writeUInt32BE(check, 28);
  return bytes;
};

export class FakeEngine implements Engine {
  readonly name = "kernel";
  readonly clock = "kernel";
  readonly offset = { seconds: 0, nanoseconds: 0 };
  readonly counts: EngineCounts = { reads: 0, unstampedReads: 0, sharedStamps: 0, bytes: 0, clockJumps: 0 };
  /** Pushes delivered to open connections and not dropped. */
  delivered = 0;
  nowNs = 0;
  readonly #sink: ConnectionSink;
  readonly #target: FakeTarget;
  readonly #random: () => number;
  readonly #intervalNs: number;
  readonly #state: Uint8Array;
  readonly #atNs: Float64Array;
  readonly #cause: (Cause | null)[];

  constructor(slots: number, sink: ConnectionSink, target: FakeTarget, intervalMs: number, random: () => number) {
    this.#sink = sink;
    this.#target = target;
    this.#random = random;
    this.#intervalNs = intervalMs * 1e6;
    this.#state = new Uint8Array(slots);
    this.#atNs = new Float64Array(slots);
    this.#cause = new Array<Cause | null>(slots).fill(null);
  }

  get inUse(): number {
    return this.#state.reduce((sum, state) => sum + (state === idle ? 0 : 1), 0);
  }

  open(slot: number): void {
    if (this.#state[slot] !== idle) throw new Error(`slot ${slot} is in use`);
    this.#state[slot] = opening;
    this.#atNs[slot] = this.nowNs + this.#random() * 30e6;
  }

  close(slot: number, manner: CloseManner, cause: Cause): void {
    const state = this.#state[slot];
    if (state === opening) {
      this.#state[slot] = idle;
      this.#sink.refused(slot, cause, 0, this.nowNs, "");
    } else if (state === open && manner === "rst") this.#end(slot, cause);
    else if (state === open) {
      this.#state[slot] = closing;
      this.#cause[slot] = cause;
      this.#atNs[slot] = this.nowNs + this.#target.answersCloseAfterMs * 1e6;
    }
  }

  #end(slot: number, cause: Cause): void {
    this.#state[slot] = idle;
    this.#sink.closed(slot, cause, 0, this.nowNs, "");
  }

  abandon(slot: number, cause: Cause): void {
    if (this.#state[slot] === open) this.#end(slot, cause);
  }

  /** Advances the clock and runs everything due by then. */
  pass(elapsedNs: number): void {
    const before = this.nowNs;
    this.nowNs += elapsedNs;
    for (let slot = 0; slot < this.#state.length; slot++) {
      if (this.#state[slot] === opening && this.#atNs[slot]! <= this.nowNs) this.#opened(slot);
      else if (this.#state[slot] === closing && this.#atNs[slot]! <= this.nowNs) this.#end(slot, this.#cause[slot]!);
    }
    for (let tick = Math.floor(before / this.#intervalNs) + 1; tick * this.#intervalNs <= this.nowNs; tick++)
      this.#push(tick);
  }

  #opened(slot: number): void {
    if (this.#random() < this.#target.refuses) {
      this.#state[slot] = idle;
      this.#sink.refused(slot, "refused", "", this.nowNs, "");
      return;
    }
    this.#state[slot] = open;
    this.#sink.opened(slot, this.#atNs[slot]! - 1e6, this.#atNs[slot]! - 1e5, this.nowNs);
  }

  #push(tick: number): void {
    const bytes = pushBytes(tick, tick * this.#intervalNs);
    for (let slot = 0; slot < this.#state.length; slot++) {
      if (this.#state[slot] !== open && this.#state[slot] !== closing) continue;
      if (this.#random() >= this.#target.loses) {
        this.delivered++;
        this.#sink.message(slot, bytes, 0, bytes.length, this.nowNs, this.nowNs, ownStamp);
      }
      if (this.#state[slot] === open && this.#random() < this.#target.resetsPerTick)
        this.#end(slot, this.#random() < 0.5 ? "reset" : "eof");
    }
  }

  send(): boolean {
    return true;
  }

  ping(): void {}
  readSome(): void {}
  expire(): void {}
  syncClock(): void {}
  turn(): void {}
  dispose(): void {}
  evidence(): SocketEvidence | null {
    return null;
  }
}
