/**
 * Connections that are disconnected and expected back: dropped by a storm, or lost or refused under a reconnect policy.
 * Counts how many there were, how long each was away and how many pushes came due meanwhile. An absence begins once,
 * and either ends once, is given up, or is still running at the end of the hold:
 *
 *   absences = ended + given up + stopped + still away
 */
import type { Accounts } from "./counts/connections.ts";
import type { ShardPlan } from "./plan.ts";

const here = 0;
const byStorm = 1;
const byPolicy = 2;
/** The reconnect policy gave up on it. A stage may still open the slot, as a new connection. */
const gaveUp = 3;

export class Absences {
  readonly #accounts: Accounts;
  /** Why a slot is away; empty when connections never return. */
  readonly #why: Uint8Array;
  readonly #sinceNs: Float64Array;

  constructor({ storm, reconnect, engine }: ShardPlan, accounts: Accounts) {
    const slots = storm === null && reconnect === undefined ? 0 : engine.slots;
    this.#accounts = accounts;
    this.#why = new Uint8Array(slots);
    this.#sinceNs = new Float64Array(slots);
  }

  /** A storm dropped the connection. */
  dropped(slot: number, atNs: number): void {
    this.#why[slot] = byStorm;
    this.#sinceNs[slot] = atNs;
    this.#accounts.tally.counts.stormDropped++;
  }

  /**
   * The connection was lost or refused and will reconnect by policy. A repeated loss while away does not start a second
   * absence.
   */
  lost(slot: number, atNs: number): void {
    const why = this.#why[slot];
    if (why !== here && why !== gaveUp) return;
    if (why === gaveUp) this.#missed(slot, atNs);
    this.#why[slot] = byPolicy;
    this.#sinceNs[slot] = atNs;
    this.#accounts.tally.counts.absences++;
  }

  /** The connection will not reconnect. */
  givenUp(slot: number, atNs: number, why: "absencesGivenUp" | "absencesStopped"): void {
    if (this.#why[slot] === gaveUp) return;
    this.lost(slot, atNs);
    this.#why[slot] = gaveUp;
    this.#accounts.tally.counts[why]++;
  }

  /** The connection is open again. `stormNs`: when the storm began. */
  opened(slot: number, atNs: number, stormNs: number): void {
    const why = this.#why[slot];
    if (why === here || why === undefined) return;
    const { tally } = this.#accounts;
    this.#missed(slot, atNs);
    this.#why[slot] = here;
    if (why === byStorm) {
      tally.counts.stormBack++;
      tally.histogram("storm").recordNs(atNs - stormNs);
    } else if (why === byPolicy) {
      tally.counts.absencesEnded++;
      tally.histogram("away").recordNs(atNs - this.#sinceNs[slot]!);
    }
  }

  /**
   * Counts what connections still away at the end of the hold missed. Nothing is due after that instant, not even on a
   * connection that opens while the last pushes are awaited.
   */
  end(atNs: number): void {
    for (let slot = 0; slot < this.#why.length; slot++) {
      if (this.#why[slot] === here) continue;
      this.#missed(slot, atNs);
      this.#sinceNs[slot] = atNs;
    }
  }

  #missed(slot: number, untilNs: number): void {
    const { tally, pushes } = this.#accounts;
    const name = this.#why[slot] === byStorm ? "missedWhileAway" : "missedWhileAbsent";
    tally.counts[name] += pushes.ledger.ticksBetween(slot, this.#sinceNs[slot]!, untilNs);
  }
}
