/**
 * Accounts for every message that was published and everybody who should have it: due = messages x receivers open at
 * that instant = received + lost, exactly. Who is open when the hold begins is meant from then on, who comes later from
 * a grace after its opening. One that we close is not waited for: what was published within the last wait before counts
 * only if it came. Where the target keeps what is published while a receiver is away (`isKept`), it is meant all the
 * time, once it comes back.
 */
import type { publishCounters } from "../../measure/conversation-tally.ts";
import { noRoom } from "../../plan/conversation-plan.ts";
import type { PublishSchedule } from "../../plan/publish-schedule.ts";
import { graceNs } from "../../plan/ticks.ts";
import type { Rooms } from "./rooms.ts";

const windowSize = 32;
const closed = Number.NaN;
/** The instant of what came before the hold. */
const beforeHold = -1;

/**
 * What a message that came was: `queued` waited for its receiver to come back; `none` came before, or to whom it should
 * not.
 */
export type ArrivalKind = "first" | "queued" | "none";

interface Rules {
  withinNs: number;
  /** The publisher should have it too. */
  toSender: boolean;
  isKept: boolean;
}

export class FanOutLedger {
  readonly #counts: Record<(typeof publishCounters)[number], number>;
  readonly #schedule: PublishSchedule;
  readonly #rooms: Rooms;
  readonly #withinNs: number;
  readonly #toSender: boolean;
  readonly #isKept: boolean;
  /**
   * With `isKept`: since when a slot is away (NaN: it is not), what it had of later messages by then, and when it came
   * back last.
   */
  readonly #awayNs: Float64Array;
  readonly #cameBefore: Float64Array;
  readonly #backNs: Float64Array;
  /** From when on a slot is sure to be meant; NaN while it is closed. */
  readonly #joinNs: Float64Array;
  /** What had been published in its room by then. */
  readonly #dueAtJoin: Float64Array;
  /** Of each pair: the last message that came, and which of those before. */
  readonly #last: Int32Array;
  readonly #window: Uint32Array;
  /** Due to receivers that ended; and received beside what was sure to be due. */
  #dueBefore = 0;
  #beside = 0;
  /** How receivers came and went since the hold began, by room: instants since then and +1 or -1. */
  readonly timelines = new Map<number, number[]>();
  /** How often they did. */
  changes = 0;
  #baseNs = Number.POSITIVE_INFINITY;

  constructor(
    counts: Record<(typeof publishCounters)[number], number>,
    schedule: PublishSchedule,
    rooms: Rooms,
    { withinNs, toSender, isKept }: Rules,
  ) {
    this.#counts = counts;
    this.#schedule = schedule;
    this.#rooms = rooms;
    this.#withinNs = withinNs;
    this.#toSender = toSender;
    this.#isKept = isKept;
    const kept = isKept ? rooms.ofSlot.length : 0;
    this.#awayNs = new Float64Array(kept).fill(Number.NaN);
    this.#cameBefore = new Float64Array(kept);
    this.#backNs = new Float64Array(kept).fill(Number.NEGATIVE_INFINITY);
    this.#joinNs = new Float64Array(rooms.ofSlot.length).fill(closed);
    this.#dueAtJoin = new Float64Array(rooms.ofSlot.length);
    this.#last = new Int32Array(rooms.pairs).fill(-1);
    this.#window = new Uint32Array(rooms.pairs);
  }

  begin(baseNs: number): void {
    this.#baseNs = baseNs;
    for (let slot = 0; slot < this.#joinNs.length; slot++) {
      if (Number.isNaN(this.#joinNs[slot]!)) continue;
      // Open when the hold begins: meant from its first message on.
      this.#joinNs[slot] = baseNs + beforeHold;
      this.#join(slot);
      if (this.#isAway(slot)) this.#note(slot, this.#awayNs[slot]!, -1);
    }
  }

  #isAway(slot: number): boolean {
    return this.#isKept && !Number.isNaN(this.#awayNs[slot]!);
  }

  #join(slot: number): void {
    this.#dueAtJoin[slot] = this.#joinNs[slot]! < this.#baseNs ? 0 : this.#dueFor(slot, this.#joinNs[slot]!);
    this.#note(slot, this.#joinNs[slot]!, 1);
  }

  /** What came before the hold is one entry of its room. */
  #note(slot: number, atNs: number, change: number): void {
    const room = this.#rooms.ofSlot[slot]!;
    if (room === noRoom || this.#baseNs === Number.POSITIVE_INFINITY || this.#rooms.publishersIn(room).length === 0)
      return;
    const changes = this.timelines.get(room) ?? [beforeHold, 0];
    this.timelines.set(room, changes);
    this.changes++;
    if (atNs <= this.#baseNs) changes[1]! += change;
    else changes.push(atNs - this.#baseNs, change);
  }

  open(slot: number, openedNs: number): void {
    if (this.#rooms.ofSlot[slot] === noRoom) return;
    if (this.#isAway(slot)) return this.#return(slot, openedNs);
    this.#joinNs[slot] = openedNs + graceNs(this.#schedule.everyNs);
    this.#join(slot);
  }

  /** To all that was published in the meantime: it was never away, as far as its messages go. */
  #return(slot: number, openedNs: number): void {
    this.#note(slot, this.#awayNs[slot]!, 1);
    this.#awayNs[slot] = Number.NaN;
    this.#backNs[slot] = openedNs;
  }

  /** `isOurs`: we ended it, and did not wait for what was on its way. */
  close(slot: number, atNs: number, isOurs: boolean): void {
    const joinNs = this.#joinNs[slot]!;
    if (Number.isNaN(joinNs) || this.#isAway(slot)) return;
    const leaveNs = Math.max(joinNs, isOurs ? atNs - this.#withinNs : atNs);
    if (this.#isKept) {
      this.#awayNs[slot] = leaveNs;
      this.#cameBefore[slot] = this.#cameAfter(slot, leaveNs);
      return this.#note(slot, leaveNs, -1);
    }
    this.#dueBefore += this.#dueUntil(slot, leaveNs);
    this.#beside += this.#cameAfter(slot, leaveNs);
    this.#note(slot, leaveNs, -1);
    this.#joinNs[slot] = closed;
  }

  /** What is due to a slot since it joined. */
  #dueUntil(slot: number, atNs: number): number {
    return Math.max(0, this.#dueFor(slot, atNs) - this.#dueAtJoin[slot]!);
  }

  /** What had been published for a slot by an instant, had it been there from the beginning. */
  #dueFor(slot: number, atNs: number): number {
    const room = this.#rooms.ofSlot[slot]!;
    const own = this.#rooms.publisherOf[slot]!;
    const isOwnLeftOut = own >= 0 && !this.#toSender && this.#rooms.ofPublisher[own] === room;
    return this.#dueIn(room, atNs) - (isOwnLeftOut ? this.#schedule.dueBy(own, atNs) : 0);
  }

  /**
   * Messages published in a room by an instant. The last answer of each room is kept: receivers of a room ask the same.
   */
  #dueIn(room: number, atNs: number): number {
    const known = this.#known.get(room);
    if (known !== undefined && known.atNs === atNs) return known.due;
    let due = 0;
    for (const publisher of this.#rooms.publishersIn(room)) due += this.#schedule.dueBy(publisher, atNs);
    this.#known.set(room, { atNs, due });
    return due;
  }
  readonly #known = new Map<number, { atNs: number; due: number }>();

  /** What a slot had of messages due after an instant, and of which it was thought that they were due. */
  #cameAfter(slot: number, afterNs: number): number {
    let came = 0;
    for (const publisher of this.#rooms.publishersIn(this.#rooms.ofSlot[slot]!)) {
      const pair = this.#rooms.pair(slot, publisher);
      const last = this.#last[pair]!;
      for (let back = 0; back < windowSize && back <= last; back++) {
        if (this.#schedule.dueNs(publisher, last - back) <= afterNs) break;
        if ((this.#window[pair]! & (1 << back)) !== 0) came++;
      }
    }
    return came;
  }

  /**
   * A message came to a slot; `isRepeat`: the target says that it may have sent it before. The counts know all of it.
   */
  record(slot: number, publisher: number, sequence: number, isRepeat = false): ArrivalKind {
    const counts = this.#counts;
    const isMeant =
      this.#rooms.ofSlot[slot] === this.#rooms.ofPublisher[publisher] &&
      (this.#toSender || this.#rooms.publisherOf[slot] !== publisher);
    if (!isMeant) {
      counts.misdelivered++;
      return "none";
    }
    const pair = this.#rooms.pair(slot, publisher);
    const last = this.#last[pair]!;
    if (sequence > last) {
      const ahead = sequence - last;
      this.#window[pair] = ahead >= windowSize ? 1 : (this.#window[pair]! << ahead) | 1;
      this.#last[pair] = sequence;
    } else {
      const behind = last - sequence;
      // Further back than the window remembers, or seen already: it came twice.
      if (behind >= windowSize || (this.#window[pair]! & (1 << behind)) !== 0) {
        if (isRepeat) counts.redelivered++;
        else counts.duplicated++;
        return "none";
      }
      this.#window[pair]! |= 1 << behind;
      counts.outOfOrder++;
    }
    counts.received++;
    const dueNs = this.#schedule.dueNs(publisher, sequence);
    if (!(dueNs > this.#joinNs[slot]!)) this.#beside++;
    if (!this.#isKept || dueNs > this.#backNs[slot]!) return "first";
    counts.queued++;
    return "queued";
  }

  /** Takes publishers out of what is due from an instant on, with what came of their later messages. */
  withdraw(isGone: (publisher: number) => boolean, fromNs: number): void {
    for (let publisher = 0; publisher < this.#schedule.publishers; publisher++)
      if (isGone(publisher)) this.#schedule.cut(publisher, fromNs);
    this.#known.clear();
    for (let slot = 0; slot < this.#joinNs.length; slot++) {
      const joinNs = this.#joinNs[slot]!;
      if (Number.isNaN(joinNs)) continue;
      for (const publisher of this.#rooms.publishersIn(this.#rooms.ofSlot[slot]!))
        if (isGone(publisher)) this.#forget(slot, publisher, fromNs);
      this.#dueAtJoin[slot] = joinNs < this.#baseNs ? 0 : this.#dueFor(slot, joinNs);
      if (this.#isAway(slot)) this.#cameBefore[slot] = this.#cameAfter(slot, this.#awayNs[slot]!);
    }
  }

  #forget(slot: number, publisher: number, fromNs: number): void {
    const pair = this.#rooms.pair(slot, publisher);
    const last = this.#last[pair]!;
    for (let back = 0; back < windowSize && back <= last; back++) {
      const dueNs = this.#schedule.dueNs(publisher, last - back);
      if (dueNs < fromNs) return;
      if ((this.#window[pair]! & (1 << back)) === 0) continue;
      this.#window[pair]! &= ~(1 << back);
      this.#counts.received--;
      if (!(dueNs > this.#joinNs[slot]!)) this.#beside--;
    }
  }

  /** What was due by an instant, and what came beside it. */
  dueBy(atNs: number): number {
    this.#known.clear();
    let due = this.#dueBefore + this.#beside;
    for (let slot = 0; slot < this.#joinNs.length; slot++)
      if (this.#joinNs[slot]! < atNs)
        due += this.#isAway(slot) ? this.#dueWhileAway(slot, atNs) : this.#dueUntil(slot, atNs);
    return due;
  }

  /** Who does not come back is owed what was published before it went. */
  #dueWhileAway(slot: number, atNs: number): number {
    return this.#dueUntil(slot, Math.min(atNs, this.#awayNs[slot]!)) + this.#cameBefore[slot]!;
  }

  /** Writes what was due into the counts; what may still come in time is not due yet. */
  settle(nowNs: number): void {
    this.#counts.due = this.dueBy(nowNs - this.#withinNs);
  }
}
