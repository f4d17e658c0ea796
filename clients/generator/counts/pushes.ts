/**
 * What becomes of every message: pushes by fate in the ledger, latencies, and the times between messages that carry no
 * stamp. Recording a push allocates nothing. The figures of slow readers go apart: no count and no latency of theirs is
 * in the others'.
 */
import type { StampKind } from "../../connection/engine.ts";
import { sharedStamp, unstamped } from "../../connection/engine.ts";
import type { ClockOffset } from "../../measure/clock.ts";
import type { Histogram } from "../../measure/histogram/histogram.ts";
import type { Tally } from "../../measure/tally.ts";
import { isStampNamed } from "../../scenario/stamp-location.ts";
import type { ShardPlan } from "../plan.ts";
import { AddressAccount, isSpread } from "./addresses.ts";
import { excerptOf } from "./excerpt.ts";
import { PushLedger } from "./ledger.ts";
import { Sequences } from "./sequences.ts";
import { StampReader } from "./stamp-reader.ts";

/** A push stamped this long before it was due, or after, comes from a clock that is not ours. */
const foreignBeforeNs = 2e6;
const foreignAfterNs = 3.6e12;
/** A gap between two messages is even when it is off the declared interval by at most this share. */
export const evenShare = 0.1;

export class PushAccount {
  readonly ledger: PushLedger;
  /** 1 while a slot is thought silent: the next message ends that. */
  readonly silent: Uint8Array;
  /** When a slot was last heard of: its opening, a message, an answered ping. */
  readonly heardNs: Float64Array;
  /** Of the push recorded last; NaN: it has none. */
  latencyNs = Number.NaN;
  /** Null for a service that does not number its messages, or does as docs/targets.md says. */
  readonly sequences: Sequences | null;
  /** When a slot's last message without a push stamp came; 0 for none. */
  readonly #messageNs: Float64Array;
  readonly #tally: Tally;
  readonly #slowSlots: number;
  readonly #declaredNs: number;
  readonly #spoke: (slot: number) => void;
  readonly #stamps: StampReader;
  readonly #isNamed: boolean;
  readonly #push: Histogram;
  readonly #slowPush: Histogram;
  readonly #delivery: Histogram;
  readonly #tickLag: Histogram;
  readonly #gap: Histogram;
  /** Null where all come from one address. */
  readonly #addresses: AddressAccount | null;

  constructor(plan: ShardPlan, tally: Tally, spoke: (slot: number) => void) {
    const { slots, slowSlots } = plan.engine;
    this.#tally = tally;
    this.#slowSlots = slowSlots;
    this.#spoke = spoke;
    this.#declaredNs = plan.push.isDeclared === true ? plan.push.intervalMs * 1e6 : 0;
    // By the contract tick 0 is due at the target's instant 0.
    const baseNs = plan.push.startsAtZero === true ? -plan.targetClockOffsetNs : Number.NaN;
    this.ledger = new PushLedger(slots, plan.push.intervalMs, slowSlots, baseNs);
    this.silent = new Uint8Array(slots);
    this.heardNs = new Float64Array(slots);
    this.#messageNs = new Float64Array(slots);
    this.#isNamed = isStampNamed(plan.push.stamp);
    this.sequences = plan.push.sequence === undefined ? null : new Sequences(plan, plan.push.sequence, tally);
    this.#stamps = new StampReader(plan.push.stamp, plan.targetClockOffsetNs);
    this.#push = tally.histogram("push");
    this.#slowPush = slowSlots > 0 ? tally.histogram("slowPush") : this.#push;
    this.#delivery = tally.histogram("delivery");
    this.#tickLag = tally.histogram("tickLag");
    this.#gap = tally.histogram("generatorGap");
    this.#addresses = isSpread(plan.engine.endpoints) ? new AddressAccount(slots, plan.engine.endpoints) : null;
    if (this.#addresses === null) return;
    tally.addresses = this.#addresses.parts;
    this.ledger.track(this.#addresses.ofSlot);
  }

  /** The offset by which realtime stamps are told in our clock. */
  serve(offset: ClockOffset): void {
    this.#stamps.offset = offset;
  }

  open(slot: number, begunNs: number, openedNs: number): void {
    this.heardNs[slot] = openedNs;
    this.#messageNs[slot] = 0;
    this.ledger.open(slot, begunNs, openedNs);
    this.sequences?.open(slot);
  }

  close(slot: number, atNs: number, isOurs: boolean): void {
    this.ledger.close(slot, atNs, isOurs);
    this.silent[slot] = 0;
  }

  /** A sign of life that is no message: an answered ping, where no push is expected. */
  heard(slot: number, atNs: number): void {
    this.heardNs[slot] = atNs;
    if (this.silent[slot] === 1) this.#spoke(slot);
  }

  /** A message, whatever it is. */
  spoken(slot: number, atNs: number, readNs: number, stamp: StampKind): void {
    const { counts } = this.#tally;
    counts.messages++;
    const isSlow = slot < this.#slowSlots;
    if (stamp !== unstamped && !isSlow) this.#gap.recordNs(readNs - atNs);
    if (stamp === sharedStamp && !isSlow) counts.sharedStamps++;
    this.heard(slot, atNs);
  }

  /** `isText`: its protocol tells text from binary, and calls it text. */
  message(
    slot: number,
    bytes: Buffer,
    start: number,
    end: number,
    atNs: number,
    readNs: number,
    stamp: StampKind,
    isText = false,
  ): void {
    const { counts } = this.#tally;
    const isSlow = slot < this.#slowSlots;
    this.spoken(slot, atNs, readNs, stamp);
    this.latencyNs = Number.NaN;
    const isNew = this.sequences?.message(slot, bytes, start, end, atNs, isText) ?? false;
    const kind = this.#stamps.read(bytes, start, end, isText);
    if (kind === "foreign" && this.#isNamed && this.#tally.unreadable === "")
      this.#tally.unreadable = excerptOf(bytes, start, end, isText);
    if (kind === "corrupted") {
      if (this.ledger.counts(slot, atNs)) counts.corrupted++;
    } else if (kind === "push" && this.sequences === null) this.#record(slot, atNs, isSlow);
    else {
      this.#withoutTick(slot, atNs, isSlow, kind !== "foreign");
      const isLate = isNew && this.latencyNs > this.ledger.lateNs;
      if (isLate) counts[isSlow ? "slowLate" : "late"]++;
      if (isNew && !isSlow) this.#addresses?.came(slot, isLate);
    }
  }

  #isForeign(latencyNs: number): boolean {
    return latencyNs < -foreignBeforeNs || latencyNs > foreignAfterNs;
  }

  #record(slot: number, atNs: number, isSlow: boolean): void {
    const { counts } = this.#tally;
    const { tick, dueNs, writtenNs } = this.#stamps;
    const latencyNs = atNs - dueNs;
    this.latencyNs = latencyNs;
    if (this.#isForeign(latencyNs)) {
      counts.foreignPushes++;
      return;
    }
    const fate = this.ledger.record(slot, tick, dueNs);
    if (fate === "duplicate") counts.duplicated++;
    else if (fate === "before-open") counts.beforeDue++;
    if (fate !== "new" && fate !== "out-of-order") return;
    if (fate === "out-of-order") counts.outOfOrder++;
    const isLate = latencyNs > this.ledger.lateNs;
    if (isSlow) {
      counts.slowReceived++;
      if (isLate) counts.slowLate++;
      return this.#slowPush.recordNs(latencyNs);
    }
    counts.received++;
    if (isLate) counts.late++;
    this.#push.recordNs(latencyNs);
    this.#addresses?.came(slot, isLate);
    this.#addresses?.took(slot, latencyNs);
    if (writtenNs === 0) return;
    this.#delivery.recordNs(atNs - writtenNs);
    this.#tickLag.recordNs(writtenNs - dueNs);
  }

  /** A message that says when it was sent but not which of how many it is, or neither. */
  #withoutTick(slot: number, atNs: number, isSlow: boolean, isStamped: boolean): void {
    const { counts } = this.#tally;
    const latencyNs = atNs - this.#stamps.dueNs;
    if (!isStamped) counts.unstampedPushes++;
    else if (this.#isForeign(latencyNs)) counts.foreignPushes++;
    else {
      counts.stampedPushes++;
      this.latencyNs = latencyNs;
      if (isSlow) this.#slowPush.recordNs(latencyNs);
      else {
        this.#push.recordNs(latencyNs);
        this.#addresses?.took(slot, latencyNs);
      }
    }
    if (this.#declaredNs === 0 || isSlow) return;
    const beforeNs = this.#messageNs[slot]!;
    this.#messageNs[slot] = atNs;
    if (beforeNs === 0) return;
    const offNs = Math.abs(atNs - beforeNs - this.#declaredNs);
    counts.gaps++;
    if (offNs <= this.#declaredNs * evenShare) counts.evenGaps++;
    this.#tally.histogram("gapDeviation").recordNs(offNs);
  }

  /** Writes the settled figures into the tally. */
  settle(nowNs: number, isExpected: boolean): void {
    const addresses = this.#addresses;
    if (this.sequences !== null) return addresses?.settle(this.sequences.lostBy(addresses.ofSlot));
    const { counts } = this.#tally;
    if (isExpected || counts.received > 0) {
      counts.lost = this.ledger.lost(nowNs);
      addresses?.settle(this.ledger.lostBy(nowNs, addresses.ofSlot));
    }
    if (this.#slowSlots > 0 && (isExpected || counts.slowReceived > 0))
      counts.slowLost = this.ledger.lost(nowNs, "slow");
  }
}
