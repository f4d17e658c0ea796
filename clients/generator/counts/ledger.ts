/**
 * Accounts for every due push of every connection: `due = received + lost`, exactly. Columns by slot; recording a push
 * allocates nothing. What "due" means is defined in plan/ticks.ts. Slots below `slowSlots` (slow readers) are summed
 * separately.
 */
import { firstTickFrom, graceNs, lastTickBy, lateAfterNs } from "../../plan/ticks.ts";

const never = -1;
const windowTicks = 32;

/** How a recorded push is classified. */
export type PushKind = "new" | "duplicate" | "out-of-order" | "before-open" | "after-end";

/** The group, or other part of the run, of each slot. */
export type PartOfSlot = Uint8Array | Uint16Array;

/** Which readers a sum covers. */
export type Readers = "fast" | "slow";

export class PushLedger {
  readonly intervalNs: number;
  readonly lateNs: number;
  readonly #slowSlots: number;
  /** When the connect began: a target may push before the generator sees the connection open. */
  readonly #begunNs: Float64Array;
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
  /** Result of the last walk, and until when it stays valid if nothing is opened, received or closed. */
  readonly #settled: Record<Readers, { lost: number; untilNs: number }> = {
    fast: { lost: 0, untilNs: 0 },
    slow: { lost: 0, untilNs: 0 },
  };
  /** Settled losses of connections that ended. */
  readonly #lostBefore: Record<Readers, number> = { fast: 0, slow: 0 };
  /** Ticks due before this instant are not counted. */
  #countFromNs = Number.NEGATIVE_INFINITY;
  /** Each slot's base where known in advance; NaN: no push is due on that slot. */
  #baseOf: ((slot: number) => number) | null = null;
  /** Losses of ended connections by part, one entry per tracked breakdown. */
  readonly #tracked: { partOf: PartOfSlot; lost: number[] }[] = [];
  /** Base of any connection; used for connections that never received a push. */
  #anyBaseNs: number;

  /** `baseNs`: due instant of tick 0 where known in advance (the contract in docs/targets.md), else NaN. */
  constructor(slots: number, intervalMs: number, slowSlots = 0, baseNs = Number.NaN) {
    this.intervalNs = intervalMs * 1e6;
    this.lateNs = lateAfterNs(this.intervalNs);
    this.#slowSlots = slowSlots;
    this.#anyBaseNs = baseNs;
    this.#begunNs = new Float64Array(slots);
    this.#openedNs = new Float64Array(slots);
    this.#baseNs = new Float64Array(slots).fill(Number.NaN);
    this.#firstTick = new Float64Array(slots);
    this.#lastTick = new Float64Array(slots);
    this.#window = new Uint32Array(slots);
    this.#received = new Uint32Array(slots);
    this.#isOpen = new Uint8Array(slots);
  }

  #unsettle(): void {
    this.#settled.fast.untilNs = 0;
    this.#settled.slow.untilNs = 0;
  }

  /** Starts expecting pushes on a slot. A push due between `begunNs` and `openedNs` counts only if it arrives. */
  open(slot: number, begunNs: number, openedNs: number): void {
    this.#begunNs[slot] = begunNs;
    this.#openedNs[slot] = openedNs;
    this.#baseNs[slot] = Number.NaN;
    this.#firstTick[slot] = never;
    this.#lastTick[slot] = never;
    this.#window[slot] = 0;
    this.#received[slot] = 0;
    this.#isOpen[slot] = 1;
    this.#unsettle();
  }

  /** Pushes begin at this instant; `baseOf` gives each slot's tick 0, NaN when none is due on it. */
  beginAt(atNs: number, baseOf: (slot: number) => number): void {
    this.#countFromNs = atNs;
    this.#baseOf = baseOf;
    this.#unsettle();
  }

  /** Ticks due after this instant are not counted. Must be called before a push due after it can arrive. */
  endAt(endNs: number): void {
    this.#endNs = endNs;
    this.#unsettle();
  }

  /** Records the push of tick `tick`, due at `dueNs`. */
  record(slot: number, tick: number, dueNs: number): PushKind {
    if (dueNs < this.#begunNs[slot]! || this.#isOpen[slot] === 0) return "before-open";
    if (dueNs > this.#endNs) return "after-end";
    this.#unsettle();
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
    // Older than the window, or already seen: a duplicate.
    if (behind >= windowTicks || (this.#window[slot]! & (1 << behind)) !== 0) return "duplicate";
    this.#window[slot]! |= 1 << behind;
    this.#received[slot]!++;
    if (tick < this.#firstTick[slot]!) this.#firstTick[slot] = tick;
    return "out-of-order";
  }

  /**
   * Whether an unreadable message that arrived at `atNs` belongs to a counted tick: it is attributed to the last tick
   * due by then.
   */
  counts(slot: number, atNs: number): boolean {
    if (atNs <= this.#endNs) return true;
    const baseNs = Number.isNaN(this.#baseNs[slot]!) ? this.#anyBaseNs : this.#baseNs[slot]!;
    return !(baseNs + lastTickBy(atNs, baseNs, this.intervalNs) * this.intervalNs > this.#endNs);
  }

  /** Ticks due on a slot from this instant on count, received or not. */
  #fromNs(slot: number): number {
    return Math.max(this.#openedNs[slot]! + graceNs(this.intervalNs), this.#countFromNs);
  }

  #expectedFirst(slot: number): number {
    return firstTickFrom(this.#fromNs(slot), this.#baseNs[slot]!, this.intervalNs);
  }

  /** Pushes due on a slot up to `untilNs`, including those that arrived early, minus those received. Never negative. */
  #lostBy(slot: number, untilNs: number): number {
    const cutNs = Math.min(untilNs, this.#endNs);
    if (this.#lastTick[slot] === never) return this.#lostUnseen(slot, cutNs);
    const last = Math.max(this.#lastTick[slot]!, lastTickBy(cutNs, this.#baseNs[slot]!, this.intervalNs));
    return last - this.#firstTick[slot]! + 1 - this.#received[slot]!;
  }

  /**
   * Losses of a connection that never received a push: computed from another connection's base, or from whole intervals
   * where none is known.
   */
  #lostUnseen(slot: number, cutNs: number): number {
    const fromNs = this.#fromNs(slot);
    const baseNs = this.#baseOf === null ? this.#anyBaseNs : this.#baseOf(slot);
    if (Number.isNaN(baseNs))
      return this.#baseOf === null ? Math.max(0, Math.floor((cutNs - fromNs) / this.intervalNs)) : 0;
    const first = firstTickFrom(fromNs, baseNs, this.intervalNs);
    return Math.max(0, lastTickBy(cutNs, baseNs, this.intervalNs) - first + 1);
  }

  #readersOf(slot: number): Readers {
    return slot < this.#slowSlots ? "slow" : "fast";
  }

  /**
   * Closes a slot's account. A lost connection is charged with every push due by then; one that the generator closed
   * only with those already late, because it did not wait for the others.
   */
  close(slot: number, atNs: number, isOurs: boolean): void {
    if (this.#isOpen[slot] === 0) return;
    const lost = this.#lostBy(slot, isOurs ? atNs - this.lateNs : atNs);
    this.#lostBefore[this.#readersOf(slot)] += lost;
    if (slot >= this.#slowSlots)
      for (const tracked of this.#tracked) {
        const part = tracked.partOf[slot]!;
        tracked.lost[part] = (tracked.lost[part] ?? 0) + lost;
      }
    this.#isOpen[slot] = 0;
    this.#unsettle();
  }

  /**
   * Pushes lost so far: on ended connections, and on open ones those already late. Walks all slots, unless nothing
   * happened since the last walk and no further tick has become late.
   */
  lost(nowNs: number, readers: Readers = "fast"): number {
    const settled = this.#settled[readers];
    if (nowNs < settled.untilNs) return settled.lost;
    const cutNs = nowNs - this.lateNs;
    const [from, to] = readers === "slow" ? [0, this.#slowSlots] : [this.#slowSlots, this.#isOpen.length];
    let lost = this.#lostBefore[readers];
    let baseNs = Number.NaN;
    let isOneBase = true;
    for (let slot = from; slot < to; slot++) {
      if (this.#isOpen[slot] !== 1) continue;
      lost += this.#lostBy(slot, cutNs);
      if (Number.isNaN(baseNs)) baseNs = this.#baseNs[slot]!;
      isOneBase &&= this.#baseNs[slot] === baseNs;
    }
    settled.lost = lost;
    // With one common base all ticks become late together; without an open slot or a base the walk is not repeated (0).
    const next = isOneBase
      ? baseNs + (lastTickBy(cutNs, baseNs, this.intervalNs) + 1) * this.intervalNs + this.lateNs
      : 0;
    settled.untilNs = Number.isNaN(next) ? 0 : next;
    return lost;
  }

  /**
   * Settled losses by part, such as group; `partOf` gives each slot's part. Covers open connections and those that
   * ended since {@link track}.
   */
  lostBy(nowNs: number, partOf: PartOfSlot): number[] {
    const lost = [...(this.#tracked.find((tracked) => tracked.partOf === partOf)?.lost ?? [])];
    for (let slot = this.#slowSlots; slot < this.#isOpen.length; slot++) {
      if (this.#isOpen[slot] === 1)
        lost[partOf[slot]!] = (lost[partOf[slot]!] ?? 0) + this.#lostBy(slot, nowNs - this.lateNs);
    }
    return lost;
  }

  /** From now on, keeps losses of ended connections by part. */
  track(partOf: PartOfSlot): void {
    this.#tracked.push({ partOf, lost: [] });
  }

  /** Whether a push due by the end may still arrive on a connection that is not a slow reader. Walks all slots. */
  get isOutstanding(): boolean {
    for (let slot = this.#slowSlots; slot < this.#isOpen.length; slot++)
      if (this.#isOpen[slot] === 1 && this.#trailing(slot) > 0) return true;
    return false;
  }

  #trailing(slot: number): number {
    if (this.#lastTick[slot] === never) return this.#lostUnseen(slot, this.#endNs);
    return lastTickBy(this.#endNs, this.#baseNs[slot]!, this.intervalNs) - this.#lastTick[slot]!;
  }

  /**
   * Number of ticks due between two instants while a slot was closed, that is, missed pushes. 0 where no base is known.
   */
  ticksBetween(slot: number, fromNs: number, toNs: number): number {
    const baseNs = Number.isNaN(this.#baseNs[slot]!) ? this.#anyBaseNs : this.#baseNs[slot]!;
    if (Number.isNaN(baseNs)) return 0;
    const count =
      lastTickBy(Math.min(toNs, this.#endNs), baseNs, this.intervalNs) - lastTickBy(fromNs, baseNs, this.intervalNs);
    return Math.max(0, count);
  }
}
