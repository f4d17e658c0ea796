/**
 * The books of a shard: told of everything by the engine, it counts connections by cause and pushes by fate, and records latencies.
 * Recording a push allocates nothing. The equations of report.json hold in every tally it gives:
 * planned = opened + refused + not attempted + connecting, and due = received + lost.
 */
import type { ConnectionSink, StampKind } from "../connection/engine.ts";
import { sharedStamp, unstamped } from "../connection/engine.ts";
import { type Cause, causes, isUnexpectedClose } from "../measure/cause.ts";
import type { ClockOffset } from "../measure/clock.ts";
import type { Histogram } from "../measure/histogram.ts";
import { Tally } from "../measure/tally.ts";
import { connectionNumber } from "../plan/shard.ts";
import { EventQueue } from "./event-queue.ts";
import { PushLedger } from "./push-ledger.ts";
import type { ConnectionEvent, ShardPlan } from "./shard-plan.ts";
import { StampReader } from "./stamp-reader.ts";

/** A push stamped this long before it was due, or after, comes from a clock that is not ours. */
const foreignBeforeNs = 2e6;
const foreignAfterNs = 3.6e12;

export const slotState = { idle: 0, opening: 1, open: 2, closing: 3 } as const;

/** What the shard wants to hear of, beside the counting. */
export interface AccountsListener {
  /** A connection spoke again that was thought silent. */
  spoke(slot: number): void;
  /** A slot became free. `wasOpen` false: it was refused. */
  ended(slot: number, cause: Cause, wasOpen: boolean): void;
}

export class Accounts implements ConnectionSink {
  readonly tally = new Tally();
  readonly events = new EventQueue(this.tally);
  readonly ledger: PushLedger;
  readonly state: Uint8Array;
  /** 1 while a slot is thought silent: the next message ends that. */
  readonly silent: Uint8Array;
  readonly #plan: ShardPlan;
  /** The shard that acts on what is counted here. */
  #listener: AccountsListener = { spoke: () => {}, ended: () => {} };
  readonly #openedNs: Float64Array;
  /** 1 for a slot whose planned connection had its first attempt: what it does next is a reconnect. */
  readonly #isReturn: Uint8Array;
  readonly #stamps: StampReader;
  readonly #deadEndpoints = new Set<number>();
  readonly #push: Histogram;
  readonly #slowPush: Histogram;
  readonly #delivery: Histogram;
  readonly #tickLag: Histogram;
  readonly #gap: Histogram;

  constructor(plan: ShardPlan) {
    const { slots } = plan.engine;
    this.#plan = plan;
    this.ledger = new PushLedger(slots, plan.push.intervalMs);
    this.state = new Uint8Array(slots);
    this.silent = new Uint8Array(slots);
    this.#openedNs = new Float64Array(slots);
    this.#isReturn = new Uint8Array(slots);
    this.#stamps = new StampReader(plan.push.stamp, plan.targetClockOffsetNs);
    this.tally.counts.planned = slots;
    this.#push = this.tally.histogram("push");
    this.#slowPush = plan.engine.slowSlots > 0 ? this.tally.histogram("slowPush") : this.#push;
    this.#delivery = this.tally.histogram("delivery");
    this.#tickLag = this.tally.histogram("tickLag");
    this.#gap = this.tally.histogram("generatorGap");
  }

  /** Tells who acts on what is counted, and the offset by which realtime stamps are told in our clock (the engine keeps it current). */
  serve(listener: AccountsListener, offset: ClockOffset): void {
    this.#listener = listener;
    this.#stamps.offset = offset;
  }

  /** A connect is about to begin. */
  begin(slot: number): void {
    const { counts } = this.tally;
    this.state[slot] = slotState.opening;
    counts.connecting++;
    if (this.#isReturn[slot] === 1) counts.reconnectsAttempted++;
    else counts.attempted++;
  }

  /** We are about to end an open connection. */
  beginClose(slot: number): void {
    this.state[slot] = slotState.closing;
    this.tally.counts.open--;
    this.tally.counts.closing++;
  }

  opened(slot: number, startedNs: number, tcpNs: number, openedNs: number): void {
    const { counts } = this.tally;
    this.state[slot] = slotState.open;
    this.#openedNs[slot] = openedNs;
    counts.connecting--;
    counts.open++;
    if (this.#isReturn[slot] === 1) counts.reconnectsOpened++;
    else counts.opened++;
    this.#isReturn[slot] = 1;
    this.ledger.open(slot, openedNs);
    this.tally.histogram("connectTcp").recordNs(tcpNs - startedNs);
    this.tally.histogram("connectUpgrade").recordNs(openedNs - tcpNs);
    this.tally.histogram("connect").recordNs(openedNs - startedNs);
  }

  refused(slot: number, cause: Cause, code: number, atNs: number): void {
    const { counts } = this.tally;
    this.state[slot] = slotState.idle;
    counts.connecting--;
    if (this.#isReturn[slot] === 1) counts.reconnectsRefused++;
    else counts.refused++;
    this.#isReturn[slot] = 1;
    this.tally.countCause(cause, code);
    if (causes[cause].stage !== "ours") this.event(slot, { atNs, what: "refused", cause, code });
    this.#listener.ended(slot, cause, false);
  }

  message(slot: number, bytes: Buffer, start: number, end: number, atNs: number, readNs: number, stamp: StampKind): void {
    const { counts } = this.tally;
    counts.messages++;
    const isSlow = slot < this.#plan.engine.slowSlots;
    if (stamp !== unstamped && !isSlow) this.#gap.recordNs(readNs - atNs);
    if (stamp === sharedStamp && !isSlow) counts.sharedStamps++;
    if (this.silent[slot] === 1) this.#listener.spoke(slot);
    const push = this.#stamps;
    const kind = push.read(bytes, start, end);
    if (kind !== "push") {
      if (kind === "corrupted") counts.corrupted++;
      else counts.unstampedPushes++;
      return;
    }
    const latencyNs = atNs - push.dueNs;
    if (latencyNs < -foreignBeforeNs || latencyNs > foreignAfterNs) {
      counts.foreignPushes++;
      return;
    }
    const fate = this.ledger.record(slot, push.tick, push.dueNs);
    if (fate === "duplicate") counts.duplicated++;
    else if (fate === "before-open") counts.beforeDue++;
    if (fate !== "new" && fate !== "out-of-order") return;
    if (fate === "out-of-order") counts.outOfOrder++;
    counts.received++;
    if (latencyNs > this.ledger.lateNs) counts.late++;
    if (isSlow) return this.#slowPush.recordNs(latencyNs);
    this.#push.recordNs(latencyNs);
    if (push.writtenNs === 0) return;
    this.#delivery.recordNs(atNs - push.writtenNs);
    this.#tickLag.recordNs(push.writtenNs - push.dueNs);
  }

  pong(_slot: number, roundTripNs: number): void {
    this.tally.counts.pingsAnswered++;
    this.tally.histogram("ping").recordNs(roundTripNs);
  }

  closed(slot: number, cause: Cause, code: number, atNs: number, detail: string): void {
    const { counts } = this.tally;
    if (this.state[slot] === slotState.closing) counts.closing--;
    else counts.open--;
    this.state[slot] = slotState.idle;
    const endpoint = slot % this.#plan.engine.endpoints.length;
    const named = (cause === "reset" || cause === "eof") && this.#deadEndpoints.has(endpoint) ? "target-died" : cause;
    const isLoss = isUnexpectedClose(named);
    if (isLoss) counts.closedUnexpectedly++;
    else counts.closedByPlan++;
    this.tally.countCause(named, isLoss ? code : 0);
    this.ledger.close(slot, atNs, !isLoss);
    this.silent[slot] = 0;
    if (isLoss) this.event(slot, { atNs, what: "closed", cause: named, code, detail, openMs: Math.round((atNs - this.#openedNs[slot]!) / 1e6) });
    this.#listener.ended(slot, named, true);
  }

  /** An endpoint's process ended: its connections that ended just now, and those that will, are named by it. */
  targetDied(endpoint: number): void {
    this.#deadEndpoints.add(endpoint);
    const tallied = this.tally.causes;
    for (const [cause, n] of this.events.rename(endpoint, ["reset", "eof"], "target-died")) {
      tallied[cause] = (tallied[cause] ?? 0) - n;
      tallied["target-died"] = (tallied["target-died"] ?? 0) + n;
    }
  }

  openedAtNs(slot: number): number {
    return this.#openedNs[slot]!;
  }

  event(slot: number, event: Omit<ConnectionEvent, "connection" | "endpoint">): void {
    const { shard, shards, engine } = this.#plan;
    this.events.push({ ...event, connection: connectionNumber(slot, shard, shards), endpoint: slot % engine.endpoints.length });
  }
}
