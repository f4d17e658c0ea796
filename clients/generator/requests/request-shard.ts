/**
 * One shard of an API run: its users' connections, and when each asks. In a closed loop a user asks again as soon as it
 * has its answer; in an open loop requests are due at instants of their own, wait in line when no connection is free,
 * and their latency counts from the due instant all the same. Like {@link Shard} it acts when stepped and waits for
 * nothing itself. Phases:
 *
 *   waiting -> ramping (connects, warm-up) -> holding (the steps) -> draining -> closing -> done
 */
import type { CodecEngine } from "../../connection/codec/codec-engine.ts";
import type { Cause } from "../../measure/cause.ts";
import type { AwayPhase, Tally } from "../../measure/tally.ts";
import { rampDue } from "../../plan/ramp.ts";
import { shareOf } from "../../plan/shard.ts";
import { Closing } from "../closing.ts";
import { type Accounts, slotState } from "../counts/connections.ts";
import { mostConnecting } from "../load.ts";
import type { ShardPlan } from "../plan.ts";
import type { ShardPhase } from "../shard-phase.ts";
import type { ShardRunner } from "../shard-runner.ts";
import { Deadlines } from "./deadlines.ts";
import { Reopening } from "./reopening.ts";
import type { RequestListener } from "./request-listener.ts";
import { type ApiPlan, DueTimes } from "./request-plan.ts";
import type { RequestAccounts } from "./requests.ts";
import { SlotRing } from "./slot-ring.ts";
import { ThinkTime } from "./think-time.ts";

/** How often deadlines are looked at. */
const walkEveryNs = 0.05e9;

export class ApiShard implements ShardRunner, RequestListener {
  readonly accounts: Accounts;
  readonly yieldEveryNs = 2e6;
  readonly #plan: ShardPlan;
  readonly #api: ApiPlan;
  readonly #now: () => number;
  readonly #engine: CodecEngine;
  readonly #requests: RequestAccounts;
  /** Open loop: slots that could take a request. */
  readonly #free: SlotRing;
  readonly #reopening: Reopening;
  /** Closed loop: users who think before they ask again. */
  readonly #thinking: ThinkTime | null = null;
  #phase: ShardPhase = "waiting";
  #startNs = 0;
  #warmUpNs = 0;
  readonly #until: Deadlines;
  #due: DueTimes | null = null;
  /** Slots whose users are at work, and those that were ever opened. */
  #active: number;
  #begun = 0;
  #walkedNs = 0;
  readonly #closing: Closing;
  #endCause: Cause = "planned";

  constructor(plan: ShardPlan & { api: ApiPlan }, now: () => number, requests: RequestAccounts, engine: CodecEngine) {
    this.#plan = plan;
    this.#api = plan.api;
    this.#now = now;
    this.#engine = engine;
    this.#requests = requests;
    this.accounts = requests.accounts;
    // A connection that ends behind its last answer is no news.
    this.accounts.isEnding = true;
    this.#until = new Deadlines(plan.api);
    const { slots } = plan.engine;
    this.#free = new SlotRing(slots);
    this.#reopening = new Reopening(slots);
    if (plan.api.streams?.thinkMs) this.#thinking = new ThinkTime(plan.api.streams.thinkMs, now);
    this.#closing = new Closing(plan.closePerSecond / plan.shards, this.accounts.state);
    this.#active = this.#slotsOf(1);
  }

  get phase(): ShardPhase {
    return this.#phase;
  }

  /** What is asked in the warm-up of the first step is in no figure. */
  get measuring(): AwayPhase | null {
    if (this.#phase === "ramping") return this.#api.measuresRamp ? "ramp" : null;
    return this.isGivingUp || this.#phase === "waiting" ? null : "held";
  }

  /** Every user of the first step had its first attempt, and the warm-up is over. */
  get isRamped(): boolean {
    return this.#phase === "ramping" && this.#warmUpNs > 0 && this.#now() >= this.#warmUpNs + this.#api.warmUpMs * 1e6;
  }

  get isGivingUp(): boolean {
    return this.#phase === "closing" || this.#phase === "done";
  }

  #slotsOf(step: number): number {
    return shareOf(this.#api.users[step - 1]!, this.#plan.shard, this.#plan.shards);
  }

  start(atNs: number): void {
    if (this.#now() > atNs + 1e9) this.accounts.tally.counts.missedStarts++;
    this.#startNs = atNs;
    this.#phase = "ramping";
  }

  /** The steps begin; when they end follows from the plan. */
  hold(startNs: number): void {
    if (this.#phase !== "ramping") return;
    this.#phase = "holding";
    if (!this.#until.hold(startNs, this.#now())) this.accounts.tally.counts.missedStarts++;
  }

  stop(): void {
    if (this.isGivingUp) return;
    this.#endCause = "interrupted";
    this.#until.interrupt(this.#now());
    this.#phase = "draining";
  }

  stepAt(atNs: number): number {
    return this.#until.stepAt(atNs);
  }

  heldStepAt(atNs: number): number {
    return this.#until.heldStepAt(atNs);
  }

  stepSince(fromNs: number): number {
    return this.#until.stepSince(fromNs, this.#now());
  }

  waitMs(): number {
    if (this.#phase === "closing" || this.#reopening.size > 0) return 2;
    if (this.#phase === "ramping" && this.#begun < this.#active) return 1;
    if (this.#thinking !== null) return Math.min(10, this.#thinking.waitMs);
    if (this.#due === null || this.#free.size === 0 || this.#due.nextNs >= this.#until.endNs) return 10;
    return Math.max(0, Math.min(10, (this.#due.nextNs - this.#now()) / 1e6));
  }

  step(): void {
    const atNs = this.#now();
    if (atNs - this.#walkedNs > walkEveryNs) this.#walk(atNs);
    switch (this.#phase) {
      case "ramping":
        this.#ramp(atNs);
        break;
      case "holding":
        if (atNs >= this.#until.endNs) this.#phase = "draining";
        else this.#openActive();
        break;
      case "draining":
        this.#drain(atNs);
        break;
      case "closing":
        return this.#closeSome(atNs);
      default:
        return;
    }
    this.#openAgain(atNs);
    if (this.#thinking !== null) this.#askThoughtful(this.#thinking);
    this.#sendDue(atNs);
  }

  /** Ends waits that are past their deadline, and follows the sweep. */
  #walk(atNs: number): void {
    this.#walkedNs = atNs;
    this.#engine.expire();
    if (this.isGivingUp) return;
    for (let slot = 0; slot < this.#begun; slot++) this.#requests.expireLate(slot, atNs);
    if (this.#until.times === null) return;
    const active = this.#slotsOf(this.#until.times.usersAt(atNs));
    for (let slot = this.#active; slot < Math.min(active, this.#begun); slot++)
      if (this.accounts.state[slot] === slotState.idle) this.#reopening.atOnce(slot);
    this.#active = active;
  }

  #ramp(atNs: number): void {
    const { shard, shards, rampPerSecond } = this.#plan;
    const due = Math.min(
      this.#active,
      shareOf(rampDue(this.#api.users[0]!, rampPerSecond, (atNs - this.#startNs) / 1e6), shard, shards),
    );
    const { counts } = this.accounts.tally;
    while (this.#begun < due && counts.connecting < mostConnecting) this.#open(this.#begun++);
    if (this.#warmUpNs > 0 || this.#begun < this.#active || counts.attempted > counts.opened + counts.refused) return;
    this.#warmUpNs = atNs;
    if (this.#api.ratePerSecond !== null) this.#due = new DueTimes(atNs, this.#api.ratePerSecond, shard, shards);
  }

  /** Users of a later step open their connections at the beginning of its warm-up. */
  #openActive(): void {
    while (this.#begun < this.#active && this.accounts.tally.counts.connecting < mostConnecting)
      this.#open(this.#begun++);
  }

  #open(slot: number): void {
    this.accounts.begin(slot);
    this.#engine.open(slot);
  }

  /** Opens those that wait for it in line, as far as their time has come. */
  #openAgain(atNs: number): void {
    const { state, tally } = this.accounts;
    while (tally.counts.connecting < mostConnecting) {
      const slot = this.#reopening.next(atNs);
      if (slot < 0) return;
      if (
        (slot < this.#active || this.#requests.inFlight.count[slot]! > 0) &&
        state[slot] === slotState.idle &&
        atNs < this.#until.sendNs
      )
        this.#open(slot);
    }
  }

  /** Open loop: sends what is due while a connection is free. How late we are with it is ours. */
  #sendDue(atNs: number): void {
    const due = this.#due;
    if (due === null) return;
    while (this.#free.size > 0 && due.nextNs <= atNs && due.nextNs < this.#until.endNs && atNs < this.#until.sendNs) {
      const slot = this.#free.shift();
      if (!this.#canSend(slot)) continue;
      const step = this.stepAt(due.nextNs);
      this.#requests.requests.steps[step]!.lag.recordNs(this.#sendNextDue(due, slot));
      if (this.#canSend(slot)) this.#free.push(slot);
    }
  }

  /** Returns how long after its due instant the request is sent. */
  #sendNextDue(due: DueTimes, slot: number): number {
    const dueNs = due.nextNs;
    const sentNs = this.#now();
    due.taken++;
    this.#requests.send(slot, dueNs, sentNs, this.stepAt(dueNs));
    return sentNs - dueNs;
  }

  #canSend(slot: number): boolean {
    return this.accounts.state[slot] === slotState.open && this.#requests.inFlight.count[slot]! < this.#api.pipelining;
  }

  ready(slot: number): void {
    if (this.isGivingUp) return;
    if (slot >= this.#active) {
      if (this.#requests.inFlight.count[slot] === 0) this.#engine.abandon(slot, "planned", "the user step ended");
      return;
    }
    if (this.#api.ratePerSecond === null)
      return this.#thinking !== null && this.#requests.hasAsked(slot) ? this.#thinking.begin(slot) : this.#ask(slot);
    const due = this.#due;
    // With another connection free the line is empty, or the loop has yet to look at it.
    if (due !== null && this.#free.size === 0) {
      const atNs = this.#now();
      while (this.#canSend(slot) && due.nextNs <= atNs && due.nextNs < this.#until.endNs && atNs < this.#until.sendNs)
        this.#sendNextDue(due, slot);
    }
    if (this.#canSend(slot)) this.#free.push(slot);
  }

  /** Closed loop: who thought long enough asks again. */
  #askThoughtful(thinking: ThinkTime): void {
    for (let slot = thinking.next(); slot >= 0; slot = thinking.next())
      if (this.#canSend(slot) && slot < this.#active) this.#ask(slot);
  }

  /** Closed loop: the user asks until as many requests are in flight as it may have. */
  #ask(slot: number): void {
    const { inFlight } = this.#requests;
    const { pipelining } = this.#api;
    while (inFlight.count[slot]! < pipelining) {
      const atNs = this.#now();
      if (atNs >= this.#until.endNs) return;
      this.#requests.send(slot, atNs, atNs, this.stepAt(atNs));
    }
  }

  lost(slot: number, cause: Cause, wasOpen: boolean, isCounted: boolean): void {
    if (this.isGivingUp) return;
    const atNs = this.#now();
    if (!wasOpen && !isCounted && this.#api.ratePerSecond === null && atNs < this.#until.endNs)
      this.#requests.countRefused(slot, this.stepAt(atNs), cause);
    if (slot >= this.#active && this.#requests.inFlight.count[slot] === 0) return;
    if (wasOpen && this.#requests.hasAnswered[slot] === 1) return this.#reopening.atOnce(slot);
    this.#reopening.afterFailure(slot, atNs);
  }

  /** Waits for the answers that are still due to come, then counts what was never sent. */
  #drain(atNs: number): void {
    const { inFlight } = this.#requests;
    const hasBacklog = this.#due !== null && this.#due.nextNs < this.#until.endNs && atNs < this.#until.sendNs;
    if (atNs < this.#until.drainNs && (inFlight.total > 0 || hasBacklog)) return;
    if (this.#until.endNs < Number.POSITIVE_INFINITY)
      this.#due?.skipBefore(this.#until.endNs, (dueNs) => this.#requests.requests.steps[this.stepAt(dueNs)]!.unsent++);
    this.#phase = "closing";
    this.#closing.begin(atNs);
  }

  #closeSome(atNs: number): void {
    const { state, tally } = this.accounts;
    for (let slot = this.#closing.next(atNs); slot >= 0; slot = this.#closing.next(atNs)) {
      if (state[slot] === slotState.open) this.#engine.abandon(slot, this.#endCause, "");
      else this.#engine.close(slot, "rst", this.#endCause);
    }
    if (this.#closing.isDone(tally.counts)) this.#phase = "done";
  }

  snapshot(): Tally {
    return this.#requests.settle();
  }
}
