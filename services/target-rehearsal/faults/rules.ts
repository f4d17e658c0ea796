import type { Kind } from "./kinds.ts";
import { firstWaveNs, isTickInWindow, type TimeRule, waveAt, waveCount } from "./schedule.ts";
import type { Fault, FaultOf, Script } from "./script.ts";
import { type Candidate, hash32, isChosen, type Selection } from "./selection.ts";

/** An active fault of the script: when it applies, and to what. */
export class Rule<K extends Kind = Kind> {
  readonly fault: FaultOf<K>;
  /** Its index in the script, from 0, by which the account refers to it. */
  readonly ordinal: number;
  readonly #seed: number;
  readonly #time: TimeRule;
  readonly #lastsMs: number | undefined;
  readonly #firstTicks = new Map<number, number>();
  /** When the server started, or `whenOpen` became true; null before. */
  originNs: number | null = null;

  constructor(fault: FaultOf<K>, ordinal: number, seed: number) {
    this.fault = fault;
    this.ordinal = ordinal;
    this.#seed = seed;
    this.#time = ("at" in fault ? fault.at : undefined) ?? {};
    const told = fault as unknown as Fault;
    this.#lastsMs = told.kind === "http.stall" ? told.ms : this.#time.forMs;
  }

  /** Number of requests after which the rule becomes active; 0: it does not depend on requests. */
  get whenRequests(): number {
    return this.#time.whenRequests ?? 0;
  }

  get whenOpen(): number {
    return this.#time.whenOpen ?? 0;
  }

  /** The current wave at an instant, -1 when there is none. */
  waveAt(atNs: number): number {
    return this.originNs === null ? -1 : waveAt(this.#time, this.originNs, atNs, this.#lastsMs);
  }

  /** Start of a wave of a rule whose origin is known; null after the last one. */
  waveNs(wave: number): number | null {
    if (this.originNs === null || wave >= waveCount(this.#time)) return null;
    return firstWaveNs(this.#time, this.originNs) + wave * (this.#time.repeatMs ?? 0) * 1e6;
  }

  /**
   * The ordinal of a tick since the rule's first one, for streams of one interval; -1 when the rule does not affect it.
   */
  ordinalOf(tick: number, intervalMs: number, dueNs: number): number {
    const byTick = this.#time.fromTick !== undefined || this.#time.ticks !== undefined;
    // A tick may be written late: one that was due before `whenOpen` came true is not the first.
    if (byTick ? this.originNs === null || dueNs < this.originNs : this.waveAt(dueNs) < 0) return -1;
    const first = this.#firstTicks.get(intervalMs) ?? tick;
    this.#firstTicks.set(intervalMs, first);
    return !byTick || isTickInWindow(this.#time, tick - first) ? tick - first : -1;
  }

  /** Whether the rule affects a candidate; `turn` is 0, or the wave or tick for which the choice is made anew. */
  strikes(candidate: Candidate, turn: number): boolean {
    return isChosen(this.fault as Selection, this.#seed, this.ordinal, candidate, turn);
  }

  /** A u32 random number for the rule's own parameters. */
  draw(index: number, turn: number): number {
    return hash32(~this.#seed, this.ordinal, index, turn);
  }
}

/** All faults of the script as rules. */
export class Rules {
  readonly all: readonly Rule[];

  constructor(script: Script) {
    this.all = script.faults.map((fault: Fault, ordinal) => new Rule(fault, ordinal, script.seed));
  }

  /** The rules of these kinds, in script order. */
  of<K extends Kind>(...kinds: readonly K[]): Rule<K>[] {
    return this.all.filter((rule) => (kinds as readonly Kind[]).includes(rule.fault.kind)) as unknown as Rule<K>[];
  }

  /**
   * Updates the number of open connections and received requests; returns the rules that become active. Called with
   * zeros at the start.
   */
  reached(open: number, requests: number, nowNs: number): Rule[] {
    const begun = this.all.filter(
      (rule) => rule.originNs === null && rule.whenOpen <= open && rule.whenRequests <= requests,
    );
    for (const rule of begun) rule.originNs = nowNs;
    return begun;
  }
}
