/**
 * One shard of an API run: its users' connections and when each sends a request. In a closed loop a user sends its next
 * request when it has its response; in an open loop each request is due at its own instant, queues when no connection
 * is free, and its latency counts from the due instant either way. Like {@link Shard} it acts only when stepped and
 * never blocks. Phases:
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
import { OpenLoop } from "./open-loop.ts";
import { Reopening } from "./reopening.ts";
import type { RequestListener } from "./request-listener.ts";
import { type ApiPlan, DueTimes } from "./request-plan.ts";
import type { RequestAccounts } from "./requests.ts";
import { ThinkTime } from "./think-time.ts";

/** How often deadlines are checked. */
const walkEveryNs = 0.05e9;

export class ApiShard implements ShardRunner, RequestListener {
  readonly accounts: Accounts;
  readonly yieldEveryNs = 2e6;
  readonly #plan: ShardPlan;
  readonly #api: ApiPlan;
  readonly #now: () => number;
  readonly #engine: CodecEngine;
  readonly #requests: RequestAccounts;
  /** Null in a closed loop. */
  readonly #openLoop: OpenLoop | null;
  readonly #reopening: Reopening;
  /** Closed loop: users waiting out their think time. */
  readonly #thinking: ThinkTime | null = null;
  #phase: ShardPhase = "waiting";
  #startNs = 0;
  #warmUpNs = 0;
  readonly #until: Deadlines;
  /** Number of slots whose users are active, and of slots opened at least once. */
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
    // Connections that end after their last response are not reported as events.
    this.accounts.isEnding = true;
    this.#until = new Deadlines(plan.api);
    const { slots } = plan.engine;
    this.#openLoop = plan.api.ratePerSecond === null ? null : new OpenLoop(slots, requests, this.#until, now);
    this.#reopening = new Reopening(slots);
    if (plan.api.streams?.thinkMs) this.#thinking = new ThinkTime(plan.api.streams.thinkMs, now);
    this.#closing = new Closing(plan.closePerSecond / plan.shards, this.accounts.state);
    this.#active = this.#slotsOf(1);
  }

  get phase(): ShardPhase {
    return this.#phase;
  }

  /** Requests in the warm-up of the first step are not included in any figure. */
  get measuring(): AwayPhase | null {
    if (this.#phase === "ramping") return this.#api.measuresRamp ? "ramp" : null;
    return this.isGivingUp || this.#phase === "waiting" ? null : "held";
  }

  /** Every user of the first step had its first connect, and the warm-up is over. */
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

  /** Starts the steps; the plan determines when they end. */
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
    return this.#openLoop?.waitMs(10) ?? 10;
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
    this.#openLoop?.sendDue(atNs);
  }

  /** Ends requests past their deadline and advances the sweep. */
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
    this.#openLoop?.begin(new DueTimes(atNs, this.#api.ratePerSecond!, shard, shards));
  }

  /** Users of a later step connect at the start of its warm-up. */
  #openActive(): void {
    while (this.#begun < this.#active && this.accounts.tally.counts.connecting < mostConnecting)
      this.#open(this.#begun++);
  }

  #open(slot: number): void {
    this.accounts.begin(slot);
    this.#engine.open(slot);
  }

  /** Reconnects the queued slots whose time has come. */
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

  ready(slot: number): void {
    if (this.isGivingUp) return;
    if (slot >= this.#active) {
      if (this.#requests.inFlight.count[slot] === 0) this.#engine.abandon(slot, "planned", "the user step ended");
      return;
    }
    if (this.#openLoop !== null) return this.#openLoop.ready(slot);
    if (this.#thinking !== null && this.#requests.hasAsked(slot)) this.#thinking.begin(slot);
    else this.#ask(slot);
  }

  /** Closed loop: users whose think time is over send their next request. */
  #askThoughtful(thinking: ThinkTime): void {
    for (let slot = thinking.next(); slot >= 0; slot = thinking.next())
      if (this.#requests.canSend(slot) && slot < this.#active) this.#ask(slot);
  }

  /** Closed loop: sends requests until the user has as many in flight as allowed. */
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
    if (!wasOpen && !isCounted && this.#openLoop === null && atNs < this.#until.endNs)
      this.#requests.countRefused(slot, this.stepAt(atNs), cause);
    if (slot >= this.#active && this.#requests.inFlight.count[slot] === 0) return;
    if (wasOpen && this.#requests.hasAnswered[slot] === 1) return this.#reopening.atOnce(slot);
    this.#reopening.afterFailure(slot, atNs);
  }

  /** Waits for pending responses, then counts what was never sent. */
  #drain(atNs: number): void {
    const isPending = this.#requests.inFlight.total > 0 || this.#openLoop?.hasBacklog(atNs) === true;
    if (atNs < this.#until.drainNs && isPending) return;
    this.#openLoop?.countUnsent();
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
