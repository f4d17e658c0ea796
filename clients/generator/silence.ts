/**
 * Detects silent connections and determines which side stalled. The peer's kernel acknowledges even for a frozen
 * process, so one ping is enough: acknowledged without an answer means the target's application stalled; unacknowledged
 * means the network; unread bytes in the receive queue mean the generator.
 */
import type { Engine, SocketEvidence } from "../connection/engine.ts";
import { type Accounts, slotState } from "./counts/connections.ts";
import type { ConnectionEvent, ShardPlan } from "./plan.ts";

/** Most connections probed at once, and when the second sample is taken after the ping, nanoseconds. */
const mostProbes = 1000;
const secondSampleNs = 1e9;

type Stalled = NonNullable<ConnectionEvent["stalled"]>;

interface Probe {
  slot: number;
  before: SocketEvidence | null;
  atNs: number;
}

/** Which side stalled, from socket state before a ping and a second after it (fingerprints in docs/measurements.md). */
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
  /** Slots below this one read slowly on purpose, so silence cannot be detected on them. */
  readonly #slowSlots: number;
  readonly #silentAfterNs: number;
  readonly #probes: Probe[] = [];
  /** Silent connections not yet probed: when many fall silent at once, only some are probed at a time. */
  readonly #waiting: number[] = [];
  readonly #stalled = new Map<number, Stalled>();
  /** No connection can have exceeded the silence limit before this instant. */
  #nextNs = 0;

  /** `silentAfterMs` infinite: nothing is expected on a connection, so none counts as silent. */
  constructor(accounts: Accounts, engine: Engine, slowSlots: number, silentAfterMs: number) {
    this.#accounts = accounts;
    this.#engine = engine;
    this.#slowSlots = slowSlots;
    this.#silentAfterNs = silentAfterMs * 1e6;
  }

  /** Finds connections that have been silent too long, and completes earlier probes. */
  walk(atNs: number): void {
    if (atNs >= this.#nextNs) this.#look(atNs);
    while (this.#waiting.length > 0 && this.#probes.length < mostProbes) this.#begin(this.#waiting.shift()!, atNs);
    while (this.#probes[0] !== undefined && atNs - this.#probes[0].atNs >= secondSampleNs)
      this.#finish(this.#probes.shift()!, atNs);
  }

  /**
   * Walks all slots. The least recently heard one determines when the next walk is needed, as `heardNs` only increases.
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

  /** Samples the socket and sends the probing ping. */
  #begin(slot: number, atNs: number): void {
    if (this.#accounts.pushes.silent[slot] !== 1) return;
    this.#probes.push({ slot, before: this.#engine.evidence(slot), atNs });
    this.#engine.ping(slot);
  }

  #finish({ slot, before, atNs: begunNs }: Probe, atNs: number): void {
    const { silent, heardNs } = this.#accounts.pushes;
    // Heard from in the meantime: the connection recovered, or the slot has a new one.
    if (silent[slot] !== 1 || this.#accounts.state[slot] !== slotState.open || heardNs[slot]! > begunNs) return;
    const after = this.#engine.evidence(slot);
    const stalled = whoStalled(before, after);
    this.#stalled.set(slot, stalled);
    this.#accounts.event(slot, { atNs, what: "silent", stalled, evidence: [before, after] });
  }

  /** A silent connection recovered. */
  resume(slot: number, atNs: number): void {
    this.#accounts.pushes.silent[slot] = 0;
    if (this.#stalled.delete(slot)) this.#accounts.event(slot, { atNs, what: "resumed" });
  }

  stalledBy(slot: number): Stalled {
    return this.#stalled.get(slot) ?? "unknown";
  }
}

/**
 * After how many milliseconds without a sign of life a connection counts as silent: based on pushes where they are
 * expected, otherwise on answered pings; infinite without either.
 */
export function silentAfterMs(
  { push, silentAfter, pingEveryMs }: ShardPlan,
  lateNs: number,
  expectsPushes: boolean,
): number {
  if (expectsPushes) return push.intervalMs * silentAfter + lateNs / 1e6;
  return pingEveryMs === null ? Number.POSITIVE_INFINITY : pingEveryMs * silentAfter + lateNs / 1e6;
}
