/**
 * One shard: opens its connections at their due instants, holds them and closes them. It acts only when {@link
 * Shard.step} is called and never blocks, so tests drive it with their own clock and engine. Phases:
 *
 *   waiting -> ramping -> holding -> draining -> closing -> done
 */
import type { LastEvents } from "../connection/codec/last-events.ts";
import { type CompileText, literalTexts } from "../connection/codec/mqtt/options.ts";
import type { CloseManner, Engine } from "../connection/engine.ts";
import { type Cause, type CauseCode, isUnexpectedClose } from "../measure/cause.ts";
import type { AwayPhase, Tally } from "../measure/tally.ts";
import { Absences } from "./absences.ts";
import { Closing } from "./closing.ts";
import type { Conversations } from "./conversation/conversations.ts";
import { type Accounts, type AccountsListener, slotState } from "./counts/connections.ts";
import { Dialling } from "./dialling.ts";
import { Load } from "./load.ts";
import { Pinging } from "./pinging.ts";
import type { ShardPlan } from "./plan.ts";
import { Publishing } from "./publishing.ts";
import { restMs, shortRestMs } from "./rest.ts";
import { Returns } from "./returns.ts";
import type { ShardPhase } from "./shard-phase.ts";
import { SilenceWatch, silentAfterMs } from "./silence.ts";
import { SlowReading } from "./slow-reading.ts";

/** How often deadlines and silence are checked. */
const walkEveryNs = 0.25e9;

export class Shard implements AccountsListener {
  readonly accounts: Accounts;
  /** An iteration of Node's event loop costs as much as ten pushes (docs/decisions/010-hot-path.md). */
  readonly yieldEveryNs = 5e6;
  readonly #plan: ShardPlan;
  readonly #now: () => number;
  readonly #engine: Engine;
  readonly #conversations: Conversations | null;
  readonly #slowReading: SlowReading;
  readonly #returns: Returns;
  readonly #dialling: Dialling;
  readonly #silence: SilenceWatch;
  readonly #publishing: Publishing;
  readonly #load: Load;
  readonly #pinging: Pinging;
  #phase: ShardPhase = "waiting";
  #endNs = Number.POSITIVE_INFINITY;
  readonly #closing: Closing;
  #walkedNs = 0;
  #endCause: Cause = "planned";
  readonly #absences: Absences;

  /** The engine's sink is `conversations` where there are any, otherwise `accounts`. */
  constructor(
    plan: ShardPlan,
    now: () => number,
    accounts: Accounts,
    engine: Engine,
    conversations: Conversations | null = null,
    compile: CompileText = literalTexts,
    lastEvents: LastEvents | null = null,
  ) {
    this.#plan = plan;
    this.#conversations = conversations;
    this.#now = now;
    this.#returns = new Returns(plan, lastEvents);
    this.#absences = new Absences(plan, accounts);
    this.accounts = accounts;
    this.#closing = new Closing(plan.closePerSecond / plan.shards, accounts.state);
    this.#engine = engine;
    this.#load = new Load(plan, accounts, this.#returns, {
      open: (slot) => this.#dialling.open(slot),
      close: (slot) => this.#close(slot, "close-frame", "planned"),
    });
    this.#dialling = new Dialling(plan, accounts, engine, this.#returns, this.#load);
    this.#slowReading = new SlowReading(engine, accounts.state, plan.engine.slowSlots, plan.slowBytesPerSecond);
    accounts.serve(this, engine.offset);
    this.#pinging = new Pinging(plan, engine, accounts);
    this.#publishing = new Publishing(plan, engine, accounts.tally, compile);
    this.#silence = new SilenceWatch(
      accounts,
      engine,
      plan.engine.slowSlots,
      silentAfterMs(plan, accounts.pushes.ledger.lateNs, this.#expectsPushes),
    );
  }

  /**
   * Pushes are expected from a target that keeps the contract or that the scenario declares as pushing, not from a
   * broker that only relays what the connections publish.
   */
  get #expectsPushes(): boolean {
    const { stamp, isDeclared } = this.#plan.push;
    return !this.#publishing.hearsItself && (stamp === "holdfast" || isDeclared === true);
  }

  get phase(): ShardPhase {
    return this.#phase;
  }

  get measuring(): AwayPhase | null {
    if (this.#phase === "ramping") return "ramp";
    return this.#phase === "holding" || this.#phase === "draining" ? "held" : null;
  }

  /** Every planned connection was started and no first attempt is pending. */
  get isRamped(): boolean {
    if (this.#phase !== "ramping" || !this.#load.isRamped) return false;
    const { connecting, attempted, opened, refused } = this.accounts.tally.counts;
    return this.#plan.isReplacement === true ? connecting === 0 : attempted === opened + refused;
  }

  start(atNs: number): void {
    if (this.#now() > atNs + 1e9) this.accounts.tally.counts.missedStarts++;
    this.#dialling.start(atNs);
    this.#phase = "ramping";
    this.#conversations?.start(atNs);
  }

  hold(startNs: number, endNs: number): void {
    if (this.#phase !== "ramping") return;
    this.#phase = "holding";
    this.#pinging.hold(startNs);
    this.#endNs = endNs;
    this.accounts.pushes.ledger.endAt(endNs);
    this.#returns.hold(startNs, endNs);
    this.#load.stages.hold(startNs);
    this.#publishing.hold(startNs, endNs, this.accounts.pushes.ledger);
    this.#conversations?.hold(startNs, endNs);
  }

  shardDied(shard: number, atNs: number): void {
    this.#conversations?.shardDied(shard, atNs);
  }

  /** Drains at once; connections still open end as interrupted. */
  stop(): void {
    if (this.#phase === "closing" || this.#phase === "done") return;
    this.#endCause = "interrupted";
    if (this.#phase !== "draining") this.#drain(this.#now());
  }

  #drain(endNs: number): void {
    this.#phase = "draining";
    this.#endNs = endNs;
    this.accounts.pushes.ledger.endAt(endNs);
    this.#publishing.endAt(endNs);
    this.#conversations?.endAt(endNs);
    this.accounts.tally.counts.backoff = 0;
    this.#absences.end(endNs);
    this.#returns.clear();
  }

  /** How long the loop may wait for sockets, milliseconds. */
  waitMs(): number {
    const spokenMs = this.#phase === "closing" ? undefined : this.#conversations?.waitMs(this.#now());
    return Math.min(
      this.#waitForSocketsMs(),
      this.#publishing.waitMs(this.#now()),
      spokenMs ?? Number.POSITIVE_INFINITY,
    );
  }

  #waitForSocketsMs(): number {
    const { counts } = this.accounts.tally;
    if (this.#phase === "closing") return 2;
    const isMoving =
      this.#phase === "ramping"
        ? !this.#load.isRamped
        : this.#phase === "holding" && this.#load.stages.isMoving(this.#now());
    const returnMs = this.#dialling.waitMs(this.#now(), this.#phase, isMoving);
    if (isMoving) return returnMs;
    if (this.#plan.engine.slowSlots > 0 || this.#plan.pingEveryMs !== null) return Math.min(10, returnMs);
    return Math.min(
      returnMs,
      this.#phase === "holding" ? restMs(this.#plan, counts, this.#endNs - this.#now()) : shortRestMs,
    );
  }

  /** Does what is due now. */
  step(): void {
    const atNs = this.#now();
    if (atNs - this.#walkedNs > walkEveryNs) {
      this.#walkedNs = atNs;
      this.#engine.expire();
      if (this.#phase === "holding" || this.#phase === "draining") this.#silence.walk(atNs);
    }
    if (this.#phase === "ramping") this.#dialling.ramp(atNs);
    else if (this.#phase === "holding") this.#held(atNs);
    else if (this.#phase === "draining") this.#awaitLast(atNs);
    else if (this.#phase === "closing") this.#closeSome(atNs);
    if (this.#phase === "ramping" || this.#phase === "holding" || this.#phase === "draining")
      this.#conversations?.step(atNs);
    this.#slowReading.step(atNs);
    this.#publishing.step(this.#now);
  }

  #settlePushes(): void {
    this.accounts.pushes.settle(this.#now(), this.#plan.push.stamp === "holdfast");
  }

  #close(slot: number, manner: CloseManner, cause: Cause): void {
    if (manner === "close-frame") this.#conversations?.farewell(slot);
    if (this.accounts.state[slot] === slotState.open) this.accounts.beginClose(slot);
    this.#engine.close(slot, manner, cause);
  }

  #held(atNs: number): void {
    if (this.#load.stages.isStaged) {
      this.#load.stages.turn(Math.min(atNs, this.#endNs), () => this.#settlePushes());
      this.#load.follow(atNs);
    }
    if (atNs >= this.#endNs) return this.#drain(this.#endNs);
    this.#pinging.step(atNs);
    const isOpen = (slot: number): boolean => this.accounts.state[slot] === slotState.open;
    const isBefore = this.#returns.stormNs === Number.POSITIVE_INFINITY;
    const close = (slot: number, manner: CloseManner, dueNs: number): void => {
      this.#dialling.begun(dueNs, atNs);
      this.#close(slot, manner, "planned");
    };
    this.#returns.drop(atNs, isOpen, close, (slot, dueNs) => this.#dialling.redial(slot, dueNs, atNs));
    if (isBefore && this.#returns.stormNs !== Number.POSITIVE_INFINITY) this.#stormBegan(this.#returns.stormNs);
    this.#dialling.reopen(atNs);
  }

  /** Waits until pushes that were due by the end would be late, plus one second. */
  #awaitLast(atNs: number): void {
    const { tally, pushes } = this.accounts;
    const { received, unstampedPushes } = tally.counts;
    const isOver = atNs > this.#endNs + Math.max(pushes.ledger.lateNs, this.#conversations?.longestWaitNs ?? 0) + 1e9;
    const areStamped = received > 0 || (this.#plan.push.stamp === "holdfast" && unstampedPushes === 0);
    const isPushOutstanding =
      pushes.sequences === null ? areStamped && pushes.ledger.isOutstanding : pushes.sequences.isOutstanding(atNs);
    const mayCome = isPushOutstanding || this.#conversations?.isOutstanding === true || this.#publishing.isOutstanding;
    if (!isOver && (tally.counts.connecting > 0 || mayCome)) return;
    this.#load.stages.end(() => this.#settlePushes());
    this.#phase = "closing";
    this.accounts.isEnding = true;
    this.#conversations?.finish();
    this.#closing.begin(atNs);
  }

  /** Closes connections at a limited rate: closing tens of thousands at once makes the host drop packets. */
  #closeSome(atNs: number): void {
    const { state, tally, pushes } = this.accounts;
    for (let slot = this.#closing.next(atNs); slot >= 0; slot = this.#closing.next(atNs)) {
      if (pushes.silent[slot] === 1 && state[slot] === slotState.open)
        this.#engine.abandon(slot, "silent", this.#silence.stalledBy(slot));
      else this.#close(slot, "close-frame", this.#endCause);
    }
    if (this.#closing.isDone(tally.counts)) this.#phase = "done";
  }

  spoke(slot: number): void {
    this.#silence.resume(slot, this.#now());
  }

  answered(slot: number): void {
    if (!this.#expectsPushes) this.accounts.pushes.heard(slot, this.#now());
  }

  opened(slot: number, atNs: number): void {
    this.#returns.opened(slot);
    this.#absences.opened(slot, atNs, this.#returns.stormNs);
    this.#load.opened(slot);
  }

  ended(slot: number, cause: Cause, wasOpen: boolean, atNs: number, code: CauseCode): void {
    if ((this.#phase !== "holding" && this.#phase !== "ramping") || !this.#load.wants(slot)) return;
    const isFirst = this.#returns.stormNs === Number.POSITIVE_INFINITY;
    const fate = this.#returns.ended(slot, atNs, wasOpen, cause, code);
    const { counts } = this.accounts.tally;
    if (fate === "given-up") this.#absences.givenUp(slot, atNs, "absencesGivenUp");
    else if (fate === "stopped") this.#absences.givenUp(slot, atNs, "absencesStopped");
    else if (fate !== "stays") counts.backoff++;
    if (fate === "lost") this.#absences.lost(slot, atNs);
    if (fate !== "storm") return;
    this.#absences.dropped(slot, atNs);
    // Drops that the scenario declares as the target's storm are counted apart from ordinary losses; slow readers
    // already are.
    if (isUnexpectedClose(cause) && this.#plan.storm?.by === "target" && slot >= this.#plan.engine.slowSlots)
      counts.stormClosed++;
    if (isFirst && this.#plan.storm?.by === "target") this.#stormBegan(atNs);
  }

  #stormBegan(atNs: number): void {
    this.accounts.events.push({ atNs, what: "storm", connection: -1, endpoint: -1 });
  }

  /** The current tally, with the engine's counts and the settled losses. */
  snapshot(): Tally {
    const { tally } = this.accounts;
    const { reads, unstampedReads, bytes, clockJumps, codec } = this.#engine.counts;
    Object.assign(tally.counts, { reads, unstampedReads, bytes, clockJumps }, codec);
    this.#settlePushes();
    this.#load.stages.count();
    this.#conversations?.settle(this.#now());
    return tally;
  }
}
