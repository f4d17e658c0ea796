/**
 * Connections that are away and are to come back: dropped by a storm, or lost (or refused) under a reconnect policy.
 * How many, how long, and what came due meanwhile. An absence begins once, ends once or is given up; those still on at
 * the end of the hold are the rest:
 *
 *   absences = ended + given up + stopped + still away
 */
import type { Accounts } from "./counts/connections.ts";
import type { ShardPlan } from "./plan.ts";

const here = 0;
const byStorm = 1;
const byPolicy = 2;
/** Away for good by its policy; a stage may open it all the same, as somebody new. */
const gaveUp = 3;

export class Absences {
  readonly #accounts: Accounts;
  /** Why a slot is away; empty where nobody comes back. */
  readonly #why: Uint8Array;
  readonly #sinceNs: Float64Array;

  constructor({ storm, reconnect, engine }: ShardPlan, accounts: Accounts) {
    const slots = storm === null && reconnect === undefined ? 0 : engine.slots;
    this.#accounts = accounts;
    this.#why = new Uint8Array(slots);
    this.#sinceNs = new Float64Array(slots);
  }

  /** A storm dropped it. */
  dropped(slot: number, atNs: number): void {
    this.#why[slot] = byStorm;
    this.#sinceNs[slot] = atNs;
    this.#accounts.tally.counts.stormDropped++;
  }

  /** It was lost or refused, and comes back by its policy; once more for one that is away is no other absence. */
  lost(slot: number, atNs: number): void {
    const why = this.#why[slot];
    if (why !== here && why !== gaveUp) return;
    if (why === gaveUp) this.#missed(slot, atNs);
    this.#why[slot] = byPolicy;
    this.#sinceNs[slot] = atNs;
    this.#accounts.tally.counts.absences++;
  }

  /** It comes back no more. */
  givenUp(slot: number, atNs: number, why: "absencesGivenUp" | "absencesStopped"): void {
    if (this.#why[slot] === gaveUp) return;
    this.lost(slot, atNs);
    this.#why[slot] = gaveUp;
    this.#accounts.tally.counts[why]++;
  }

  /** It opened. `stormNs`: when the storm began. */
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
   * What those that are still away missed until the end; nothing is due after it, on one that opens while the last
   * pushes are waited for either.
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
