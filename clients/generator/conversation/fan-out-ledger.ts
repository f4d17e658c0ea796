/**
 * Accounts for every published message and each of its receivers: due = messages x receivers open at that instant =
 * received + lost, exactly. A receiver that is open when the hold begins is due everything from then on; one that opens
 * later, from a grace period after its opening. When the generator closes a receiver, messages published within the
 * last deadline before the close count only if they arrived. Where the target keeps messages for absent receivers
 * (`isKept`), a receiver that comes back is due everything published meanwhile.
 */
import type { publishCounters } from "../../measure/conversation-tally.ts";
import { noRoom } from "../../plan/conversation-plan.ts";
import type { PublishSchedule } from "../../plan/publish-schedule.ts";
import { graceNs } from "../../plan/ticks.ts";
import type { Rooms } from "./rooms.ts";

const windowSize = 32;
const closed = Number.NaN;
/** Offset of the instant just before the hold. */
const beforeHold = -1;

/**
 * How a received message is classified: `queued` waited for its receiver to come back; `none` was published before the
 * receiver joined, or was not meant for it.
 */
export type ArrivalKind = "first" | "queued" | "none";

interface Rules {
  withinNs: number;
  /** The publisher receives its own messages too. */
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
   * With `isKept`: since when a slot is away (NaN while it is not), how many later messages it had received by then,
   * and when it last came back.
   */
  readonly #awayNs: Float64Array;
  readonly #cameBefore: Float64Array;
  readonly #backNs: Float64Array;
  /** From when a slot is due every message; NaN while it is closed. */
  readonly #joinNs: Float64Array;
  /** How many messages had been published in its room by then. */
  readonly #dueAtJoin: Float64Array;
  /** By pair: the sequence that arrived last, and a bit mask of which of those before it arrived. */
  readonly #last: Int32Array;
  readonly #window: Uint32Array;
  /** Messages due to receivers that have ended, and messages received beyond those certain to be due. */
  #dueBefore = 0;
  #beside = 0;
  /** Receivers joining and leaving since the hold began, by room: instants since then with +1 or -1. */
  readonly timelines = new Map<number, number[]>();
  /** Number of such changes. */
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
      // Open when the hold begins: due everything from the first message on.
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

  /** Appends a change to the room's timeline; changes before the hold are merged into one entry. */
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

  /** A kept receiver came back: it is due everything published meanwhile, as if it had never been away. */
  #return(slot: number, openedNs: number): void {
    this.#note(slot, this.#awayNs[slot]!, 1);
    this.#awayNs[slot] = Number.NaN;
    this.#backNs[slot] = openedNs;
  }

  /** `isOurs`: the generator closed it and did not wait for messages in transit. */
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

  /** Messages due to a slot since it joined. */
  #dueUntil(slot: number, atNs: number): number {
    return Math.max(0, this.#dueFor(slot, atNs) - this.#dueAtJoin[slot]!);
  }

  /** Messages published for a slot by an instant, as if it had been there from the start. */
  #dueFor(slot: number, atNs: number): number {
    const room = this.#rooms.ofSlot[slot]!;
    const own = this.#rooms.publisherOf[slot]!;
    const isOwnLeftOut = own >= 0 && !this.#toSender && this.#rooms.ofPublisher[own] === room;
    return this.#dueIn(room, atNs) - (isOwnLeftOut ? this.#schedule.dueBy(own, atNs) : 0);
  }

  /**
   * Messages published in a room by an instant. The last answer for each room is cached, since all its receivers ask
   * for the same.
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

  /** Messages a slot received that were due after an instant and had been counted as due. */
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
   * Records a message received on a slot; `isRepeat`: the target flagged it as a possible duplicate. All outcomes are
   * counted here.
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
      // Older than the window, or already seen: a duplicate.
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

  /** Removes publishers from what is due from an instant on, together with messages of theirs received after it. */
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

  /** Messages due by an instant, plus those received beyond them. */
  dueBy(atNs: number): number {
    this.#known.clear();
    let due = this.#dueBefore + this.#beside;
    for (let slot = 0; slot < this.#joinNs.length; slot++)
      if (this.#joinNs[slot]! < atNs)
        due += this.#isAway(slot) ? this.#dueWhileAway(slot, atNs) : this.#dueUntil(slot, atNs);
    return due;
  }

  /** A kept receiver that is away and does not return is due only what was published before it left. */
  #dueWhileAway(slot: number, atNs: number): number {
    return this.#dueUntil(slot, Math.min(atNs, this.#awayNs[slot]!)) + this.#cameBefore[slot]!;
  }

  /** Writes the number of due messages into the counts; messages still within their deadline are not due yet. */
  settle(nowNs: number): void {
    this.#counts.due = this.dueBy(nowNs - this.#withinNs);
  }
}
