/**
 * Finds connections that went silent and says who stalled. The peer's kernel acknowledges for a frozen process, so one
 * ping tells: acknowledged without an answer is the target's application; not acknowledged is the network; bytes
 * waiting here are ours to read.
 */
import type { Engine, SocketEvidence } from "../connection/engine.ts";
import { type Accounts, slotState } from "./counts/connections.ts";
import type { ConnectionEvent, ShardPlan } from "./plan.ts";

/** Most connections probed at once, and how long after the ping the second sample is taken. */
const mostProbes = 1000;
const secondSampleNs = 1e9;

type Stalled = NonNullable<ConnectionEvent["stalled"]>;

interface Probe {
  slot: number;
  before: SocketEvidence | null;
  atNs: number;
}

/**
 * Who stalled, from the socket's evidence before a ping and a second after it (the fingerprints of
 * docs/measurements.md).
 */
export function whoStalled(before: SocketEvidence | null, after: SocketEvidence | null): Stalled {
  if (before === null || after === null) return "unknown";
  if (after.unreadBytes > 0) return "generator";
  if (after.bytesReceived > before.bytesReceived) return "unknown";
  if (after.bytesAcked > before.bytesAcked && after.unsentBytes === 0) return "target-application";
  if (after.unacked > 0 || after.unsentBytes > 0 || after.backoff > 0) return "network";
  return "unknown";
}

export class SilenceWatch {
  readonly #accounts: Accounts;
  readonly #engine: Engine;
  /** Slots below read slowly: whether they are silent nobody can tell. */
  readonly #slowSlots: number;
  readonly #silentAfterNs: number;
  readonly #probes: Probe[] = [];
  /** Silent, and not yet asked: when everything falls silent at once, some at a time are. */
  readonly #waiting: number[] = [];
  readonly #stalled = new Map<number, Stalled>();
  /** No connection can have been silent too long before this instant. */
  #nextNs = 0;

  /** `silentAfterMs` infinite: nothing is expected of a connection, so none is ever silent. */
  constructor(accounts: Accounts, engine: Engine, slowSlots: number, silentAfterMs: number) {
    this.#accounts = accounts;
    this.#engine = engine;
    this.#slowSlots = slowSlots;
    this.#silentAfterNs = silentAfterMs * 1e6;
  }

  /** Looks for connections that have been silent too long, and finishes the probes of those found before. */
  walk(atNs: number): void {
    if (atNs >= this.#nextNs) this.#look(atNs);
    while (this.#waiting.length > 0 && this.#probes.length < mostProbes) this.#begin(this.#waiting.shift()!, atNs);
    while (this.#probes[0] !== undefined && atNs - this.#probes[0].atNs >= secondSampleNs)
      this.#finish(this.#probes.shift()!, atNs);
  }

  /**
   * Walks all slots. The one heard of longest ago says when the next look is worth its while: an instant of hearing
   * only moves on.
   */
  #look(atNs: number): void {
    const { state } = this.#accounts;
    const { silent, heardNs } = this.#accounts.pushes;
    let oldestNs = atNs;
    for (let slot = this.#slowSlots; slot < state.length; slot++) {
      if (state[slot] !== slotState.open || silent[slot] === 1) continue;
      const heard = heardNs[slot]!;
      if (atNs - heard >= this.#silentAfterNs) {
        silent[slot] = 1;
        this.#waiting.push(slot);
      } else if (heard < oldestNs) oldestNs = heard;
    }
    this.#nextNs = oldestNs + this.#silentAfterNs;
  }

  /** Looks at a socket and sends it the ping that tells. */
  #begin(slot: number, atNs: number): void {
    if (this.#accounts.pushes.silent[slot] !== 1) return;
    this.#probes.push({ slot, before: this.#engine.evidence(slot), atNs });
    this.#engine.ping(slot);
  }

  #finish({ slot, before, atNs: begunNs }: Probe, atNs: number): void {
    const { silent, heardNs } = this.#accounts.pushes;
    // Heard of since: it spoke, or the slot has another connection by now.
    if (silent[slot] !== 1 || this.#accounts.state[slot] !== slotState.open || heardNs[slot]! > begunNs) return;
    const after = this.#engine.evidence(slot);
    const stalled = whoStalled(before, after);
    this.#stalled.set(slot, stalled);
    this.#accounts.event(slot, { atNs, what: "silent", stalled, evidence: [before, after] });
  }

  /** A silent connection spoke. */
  resume(slot: number, atNs: number): void {
    this.#accounts.pushes.silent[slot] = 0;
    if (this.#stalled.delete(slot)) this.#accounts.event(slot, { atNs, what: "resumed" });
  }

  stalledBy(slot: number): Stalled {
    return this.#stalled.get(slot) ?? "unknown";
  }
}

/**
 * After how many milliseconds without a sign of life a connection is silent: of pushes where some are expected, else of
 * answered pings; infinite without either.
 */
export function silentAfterMs(
  { push, silentAfter, pingEveryMs }: ShardPlan,
  lateNs: number,
  expectsPushes: boolean,
): number {
  if (expectsPushes) return push.intervalMs * silentAfter + lateNs / 1e6;
  return pingEveryMs === null ? Number.POSITIVE_INFINITY : pingEveryMs * silentAfter + lateNs / 1e6;
}
