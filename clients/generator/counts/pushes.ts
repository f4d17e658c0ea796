/**
 * Handles every message: classifies pushes in the ledger, records latencies, and measures gaps between messages without
 * a stamp. Recording a push allocates nothing. Slow readers are kept separate: none of their counts or latencies are
 * included in the other readers' figures.
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

/** A push stamped this long before or after its due time comes from a clock that is not synchronized. */
const foreignBeforeNs = 2e6;
const foreignAfterNs = 3.6e12;
/** A gap between two messages counts as even if it deviates from the declared interval by at most this share. */
export const evenShare = 0.1;

export class PushAccount {
  readonly ledger: PushLedger;
  /** 1 while a slot is considered silent; cleared by the next message. */
  readonly silent: Uint8Array;
  /** Last sign of life of a slot: its opening, a message, or an answered ping. */
  readonly heardNs: Float64Array;
  /** Latency of the push recorded last, nanoseconds; NaN when it has none. */
  latencyNs = Number.NaN;
  /** Null for services that do not number their messages, or number them as docs/targets.md specifies. */
  readonly sequences: Sequences | null;
  /** When a slot's last message without a push stamp arrived; 0 for none. */
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
  /** Null when all connections use one address. */
  readonly #addresses: AddressAccount | null;

  constructor(plan: ShardPlan, tally: Tally, spoke: (slot: number) => void) {
    const { slots, slowSlots } = plan.engine;
    this.#tally = tally;
    this.#slowSlots = slowSlots;
    this.#spoke = spoke;
    this.#declaredNs = plan.push.isDeclared === true ? plan.push.intervalMs * 1e6 : 0;
    // By contract, tick 0 is due at instant 0 of the target's clock.
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

  /** Sets the offset that converts realtime stamps to the generator's clock. */
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

  /** A sign of life other than a message: an answered ping, where no push is expected. */
  heard(slot: number, atNs: number): void {
    this.heardNs[slot] = atNs;
    if (this.silent[slot] === 1) this.#spoke(slot);
  }

  /** Records the sign of life and read delay of any message. */
  spoken(slot: number, atNs: number, readNs: number, stamp: StampKind): void {
    const { counts } = this.#tally;
    counts.messages++;
    const isSlow = slot < this.#slowSlots;
    if (stamp !== unstamped && !isSlow) this.#gap.recordNs(readNs - atNs);
    if (stamp === sharedStamp && !isSlow) counts.sharedStamps++;
    this.heard(slot, atNs);
  }

  /** `isText`: the protocol distinguishes text from binary messages, and this is text. */
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

  /** A message without a tick number: it carries only the time it was sent, or nothing. */
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
