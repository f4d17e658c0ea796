import type { Kind } from "./kinds.ts";
import { firstWaveNs, isTickInWindow, type TimeRule, waveAt, waveCount } from "./schedule.ts";
import type { Fault, FaultOf, Script } from "./script.ts";
import { type Candidate, hash32, isChosen, type Selection } from "./selection.ts";

/** One fault of the script at work: since when it counts, and whom it strikes. */
export class Rule<K extends Kind = Kind> {
  readonly fault: FaultOf<K>;
  /** Its place in the script, from 0: the account names faults by it. */
  readonly ordinal: number;
  readonly #seed: number;
  readonly #time: TimeRule;
  readonly #lastsMs: number | undefined;
  readonly #firstTicks = new Map<number, number>();
  /** The server's start, or when `whenOpen` came true; null before. */
  originNs: number | null = null;

  constructor(fault: FaultOf<K>, ordinal: number, seed: number) {
    this.fault = fault;
    this.ordinal = ordinal;
    this.#seed = seed;
    this.#time = ("at" in fault ? fault.at : undefined) ?? {};
    const told = fault as unknown as Fault;
    this.#lastsMs = told.kind === "http.stall" ? told.ms : this.#time.forMs;
  }

  /** Requests after which the rule's time begins; 0: it does not wait for any. */
  get whenRequests(): number {
    return this.#time.whenRequests ?? 0;
  }

  get whenOpen(): number {
    return this.#time.whenOpen ?? 0;
  }

  /** The wave that is on at an instant, -1 when none. */
  waveAt(atNs: number): number {
    return this.originNs === null ? -1 : waveAt(this.#time, this.originNs, atNs, this.#lastsMs);
  }

  /** The instant of a wave of a rule whose origin is known; null after the last one. */
  waveNs(wave: number): number | null {
    if (this.originNs === null || wave >= waveCount(this.#time)) return null;
    return firstWaveNs(this.#time, this.originNs) + wave * (this.#time.repeatMs ?? 0) * 1e6;
  }

  /**
   * The ordinal of a tick since this rule's first one, for streams of one interval; -1 when the rule does not touch it.
   */
  ordinalOf(tick: number, intervalMs: number, dueNs: number): number {
    const byTick = this.#time.fromTick !== undefined || this.#time.ticks !== undefined;
    // A tick may be written late: one that was due before `whenOpen` came true is not the first.
    if (byTick ? this.originNs === null || dueNs < this.originNs : this.waveAt(dueNs) < 0) return -1;
    const first = this.#firstTicks.get(intervalMs) ?? tick;
    this.#firstTicks.set(intervalMs, first);
    return !byTick || isTickInWindow(this.#time, tick - first) ? tick - first : -1;
  }

  /** Whether the rule strikes a candidate; `turn` is 0 or says which wave or tick chooses anew. */
  strikes(candidate: Candidate, turn: number): boolean {
    return isChosen(this.fault as Selection, this.#seed, this.ordinal, candidate, turn);
  }

  /** A u32 for what the rule has to draw, beyond whom it strikes. */
  draw(index: number, turn: number): number {
    return hash32(~this.#seed, this.ordinal, index, turn);
  }
}

/** Every fault of the script, at work. */
export class Rules {
  readonly all: readonly Rule[];

  constructor(script: Script) {
    this.all = script.faults.map((fault: Fault, ordinal) => new Rule(fault, ordinal, script.seed));
  }

  /** The rules of these kinds, in the script's order. */
  of<K extends Kind>(...kinds: readonly K[]): Rule<K>[] {
    return this.all.filter((rule) => (kinds as readonly Kind[]).includes(rule.fault.kind)) as unknown as Rule<K>[];
  }

  /**
   * Tells how many connections are open and requests came; returns the rules whose time begins with this. Zero is told
   * at the start.
   */
  reached(open: number, requests: number, nowNs: number): Rule[] {
    const begun = this.all.filter(
      (rule) => rule.originNs === null && rule.whenOpen <= open && rule.whenRequests <= requests,
    );
    for (const rule of begun) rule.originNs = nowNs;
    return begun;
  }
}
