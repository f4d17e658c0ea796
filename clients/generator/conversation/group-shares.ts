/**
 * Attributes counts to groups of connections: whatever the accounts counted while handling one of a group's
 * connections.
 */
import type { ConversationTally, groupCounters } from "../../measure/conversation-tally.ts";
import type { Accounts } from "../counts/connections.ts";
import type { SlotGroups } from "./slot-groups.ts";

/**
 * Counters kept for all connections by the accounts; their change is attributed to the group of the connection
 * concerned.
 */
const shared = [
  "opened",
  "refused",
  "closedByPlan",
  "closedUnexpectedly",
  "received",
  "late",
  "duplicated",
  "outOfOrder",
] as const satisfies (typeof groupCounters)[number][];

export class GroupShares {
  readonly #accounts: Accounts;
  readonly #tallies: ConversationTally["groups"];
  readonly #groups: SlotGroups;
  readonly #before = new Float64Array(shared.length);

  constructor(accounts: Accounts, tallies: ConversationTally["groups"], groups: SlotGroups) {
    this.#accounts = accounts;
    this.#tallies = tallies;
    this.#groups = groups;
  }

  /** Remembers the accounts' counters before an event is reported to them. */
  mark(): void {
    const { counts } = this.#accounts.tally;
    for (let i = 0; i < shared.length; i++) this.#before[i] = counts[shared[i]!];
  }

  /** Adds the change since {@link mark} to the slot's group. */
  attribute(slot: number): void {
    const { counts } = this.#accounts.tally;
    const group = this.#tallies[this.#groups.ofSlot[slot]!]!;
    for (let i = 0; i < shared.length; i++) group.counts[shared[i]!] += counts[shared[i]!] - this.#before[i]!;
    if (counts.received > this.#before[shared.indexOf("received")]! && !Number.isNaN(this.#accounts.pushes.latencyNs))
      group.histograms[0]!.recordNs(this.#accounts.pushes.latencyNs);
  }

  /** Updates the losses so far by group. */
  settle(nowNs: number): void {
    const { sequences, ledger } = this.#accounts.pushes;
    const lost = sequences === null ? ledger.lostBy(nowNs, this.#groups.ofSlot) : sequences.lostBy(this.#groups.ofSlot);
    for (const [group, { counts }] of this.#tallies.entries())
      counts.lost = this.#accounts.tally.counts.lost > 0 ? (lost[group] ?? 0) : 0;
  }
}
