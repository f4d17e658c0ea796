/**
 * Accounts for every due push of every connection: `due = received + lost`, exactly. Columns by slot; recording a push allocates
 * nothing. What "due" means is in plan/ticks.ts.
 */
import type { Tally } from "../measure/tally.ts";
import { firstTickFrom, graceNs, lastTickBy, lateAfterNs } from "../plan/ticks.ts";

const never = -1;
const windowTicks = 32;

/** What a recorded push turned out to be. */
export type PushKind = "new" | "duplicate" | "out-of-order" | "before-open" | "after-end";

export class PushLedger {
  readonly intervalNs: number;
  readonly lateNs: number;
  readonly #openedNs: Float64Array;
  /** Due instant of tick 0, or NaN before the first message. */
  readonly #baseNs: Float64Array;
  readonly #firstTick: Float64Array;
  readonly #lastTick: Float64Array;
  /** Bit i: tick `last - i` arrived. */
  readonly #window: Uint32Array;
  readonly #received: Uint32Array;
  readonly #isOpen: Uint8Array;
  /** Ticks due after this instant are not counted: the end of the hold. */
  #endNs = Number.POSITIVE_INFINITY;
  /** Settled losses of connections that ended. */
  #lostBefore = 0;
  /** The base of any connection: what one that never received anything is measured by. */
  #anyBaseNs = Number.NaN;

  constructor(slots: number, intervalMs: number) {
    this.intervalNs = intervalMs * 1e6;
    this.lateNs = lateAfterNs(this.intervalNs);
    this.#openedNs = new Float64Array(slots);
    this.#baseNs = new Float64Array(slots);
    this.#firstTick = new Float64Array(slots);
    this.#lastTick = new Float64Array(slots);
    this.#window = new Uint32Array(slots);
    this.#received = new Uint32Array(slots);
    this.#isOpen = new Uint8Array(slots);
  }

  /** Begins to expect pushes on a slot. */
  open(slot: number, openedNs: number): void {
    this.#openedNs[slot] = openedNs;
    this.#baseNs[slot] = Number.NaN;
    this.#firstTick[slot] = never;
    this.#lastTick[slot] = never;
    this.#window[slot] = 0;
    this.#received[slot] = 0;
    this.#isOpen[slot] = 1;
  }

  /** No tick due after this instant counts. */
  endAt(endNs: number): void {
    this.#endNs = endNs;
  }

  /** Records a push of tick `tick` that was due at `dueNs`. */
  record(slot: number, tick: number, dueNs: number): PushKind {
    if (dueNs < this.#openedNs[slot]! || this.#isOpen[slot] === 0) return "before-open";
    if (dueNs > this.#endNs) return "after-end";
    const last = this.#lastTick[slot]!;
    if (last === never) {
      this.#baseNs[slot] = dueNs - tick * this.intervalNs;
      this.#anyBaseNs = this.#baseNs[slot]!;
      this.#firstTick[slot] = Math.min(tick, this.#expectedFirst(slot));
      this.#lastTick[slot] = tick;
      this.#window[slot] = 1;
      this.#received[slot] = 1;
      return "new";
    }
    if (tick > last) {
      const ahead = tick - last;
      this.#window[slot] = ahead >= windowTicks ? 1 : (this.#window[slot]! << ahead) | 1;
      this.#lastTick[slot] = tick;
      this.#received[slot]!++;
      return "new";
    }
    const behind = last - tick;
    // Further back than the window remembers, or seen already: it came twice.
    if (behind >= windowTicks || (this.#window[slot]! & (1 << behind)) !== 0) return "duplicate";
    this.#window[slot]! |= 1 << behind;
    this.#received[slot]!++;
    if (tick < this.#firstTick[slot]!) this.#firstTick[slot] = tick;
    return "out-of-order";
  }

  #expectedFirst(slot: number): number {
    return firstTickFrom(this.#openedNs[slot]! + graceNs(this.intervalNs), this.#baseNs[slot]!, this.intervalNs);
  }

  /** Pushes due on a slot up to `untilNs`, those that arrived early included, less those received. */
  #lostBy(slot: number, untilNs: number): number {
    const cutNs = Math.min(untilNs, this.#endNs);
    if (this.#lastTick[slot] === never) return this.#lostUnseen(slot, cutNs);
    const last = Math.max(this.#lastTick[slot]!, lastTickBy(cutNs, this.#baseNs[slot]!, this.intervalNs));
    return last - this.#firstTick[slot]! + 1 - this.#received[slot]!;
  }

  /** Losses of a connection that never received a push: by another connection's base, or by whole intervals where none is known. */
  #lostUnseen(slot: number, cutNs: number): number {
    const fromNs = this.#openedNs[slot]! + graceNs(this.intervalNs);
    if (Number.isNaN(this.#anyBaseNs)) return Math.max(0, Math.floor((cutNs - fromNs) / this.intervalNs));
    const first = firstTickFrom(fromNs, this.#anyBaseNs, this.intervalNs);
    return Math.max(0, lastTickBy(cutNs, this.#anyBaseNs, this.intervalNs) - first + 1);
  }

  /**
   * Ends a slot's account. A connection that was lost owes every push due by then; one that we closed owes only those whose time to be
   * late had passed, for the others we did not wait.
   */
  close(slot: number, atNs: number, isOurs: boolean): void {
    if (this.#isOpen[slot] === 0) return;
    this.#lostBefore += Math.max(0, this.#lostBy(slot, isOurs ? atNs - this.lateNs : atNs));
    this.#isOpen[slot] = 0;
  }

  /** Pushes lost so far: of ended connections, and of open ones those whose time to be late has passed. Walks all slots. */
  lost(nowNs: number): number {
    let lost = this.#lostBefore;
    for (let slot = 0; slot < this.#isOpen.length; slot++) {
      if (this.#isOpen[slot] === 1) lost += Math.max(0, this.#lostBy(slot, nowNs - this.lateNs));
    }
    return lost;
  }

  /** Pushes due by the end that may still come. Walks all slots. */
  outstanding(): number {
    let pending = 0;
    for (let slot = 0; slot < this.#isOpen.length; slot++) if (this.#isOpen[slot] === 1) pending += Math.max(0, this.#trailing(slot));
    return pending;
  }

  #trailing(slot: number): number {
    if (this.#lastTick[slot] === never) return this.#lostUnseen(slot, this.#endNs);
    return lastTickBy(this.#endNs, this.#baseNs[slot]!, this.intervalNs) - this.#lastTick[slot]!;
  }

  /** When the slot last had a reason to be thought alive: its last push's due instant or its opening. */
  aliveNs(slot: number): number {
    return this.#lastTick[slot] === never ? this.#openedNs[slot]! : this.#baseNs[slot]! + this.#lastTick[slot]! * this.intervalNs;
  }

  /** Writes the settled figures into a tally. */
  settle(tally: Tally, nowNs: number): void {
    tally.counts.lost = this.lost(nowNs);
  }
}
