/**
 * Push counts by server address, for names that resolve to several: latency and losses. Recording a push allocates
 * nothing.
 */
import type { Endpoint } from "../../connection/engine.ts";
import { noPart, type PartCounts } from "../../measure/part-tally.ts";

export class AddressAccount {
  /** Which endpoint each slot dials. */
  readonly ofSlot: Uint16Array;
  readonly parts: PartCounts[];

  constructor(slots: number, endpoints: readonly Endpoint[]) {
    this.ofSlot = Uint16Array.from({ length: slots }, (_, slot) => slot % endpoints.length);
    this.parts = endpoints.map(noPart);
  }

  /** Counts a received push that was due. */
  came(slot: number, isLate: boolean): void {
    const { counts } = this.parts[this.ofSlot[slot]!]!;
    counts.received++;
    if (isLate) counts.late++;
  }

  took(slot: number, latencyNs: number): void {
    this.parts[this.ofSlot[slot]!]!.push.recordNs(latencyNs);
  }

  /** Writes settled losses, in the order of the endpoints. */
  settle(lost: readonly number[]): void {
    for (const [index, { counts }] of this.parts.entries()) counts.lost = lost[index] ?? 0;
  }
}

/** Whether connections are spread over several addresses, so that there is something to break down. */
export const isSpread = (endpoints: readonly Endpoint[]): boolean =>
  new Set(endpoints.map(({ address }) => address)).size > 1;
