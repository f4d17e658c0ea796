/**
 * The conversations of a shard, between the engine and the accounts: a connection counts as opened once its opening
 * steps are done, requests are answered, due messages are sent and answers are counted. Messages that no matcher
 * accepts are passed on to the accounts as pushes, unparsed.
 */
import type { Destination } from "../../connection/codec/mqtt/options.ts";
import type { ConnectionSink, Engine, StampKind, TlsSession } from "../../connection/engine.ts";
import { type Cause, isClosedByGenerator } from "../../measure/cause.ts";
import { ConversationTally } from "../../measure/conversation-tally.ts";
import type { ConversationPlan } from "../../plan/conversation-plan.ts";
import type { ConnectionValues } from "../../plan/values/connection-values.ts";
import { type Accounts, slotState } from "../counts/connections.ts";
import type { ShardPlan } from "../plan.ts";
import { Exchanges, type Sender } from "./exchanges.ts";
import { FanOut } from "./fan-out.ts";
import { GroupShares } from "./group-shares.ts";
import { Incoming } from "./incoming.ts";
import { Openings, type TransportInstants } from "./opening.ts";
import type { Outgoing } from "./outgoing.ts";
import type { SlotGroups } from "./slot-groups.ts";
import { compile, type Spoken } from "./spoken.ts";

const walkEveryNs = 0.1e9;

export class Conversations implements ConnectionSink, Sender {
  readonly tally: ConversationTally;
  readonly #accounts: Accounts;
  readonly #values: ConnectionValues;
  readonly #groups: SlotGroups;
  readonly #spoken: (Spoken | null)[];
  readonly #incoming = new Incoming();
  readonly #openings: Openings;
  readonly #exchanges: Exchanges;
  readonly #fanOut: FanOut;
  readonly #shares: GroupShares;
  readonly now: () => number;
  #engine!: Engine;
  #walkedNs = 0;

  constructor(
    plan: ShardPlan & { conversation: ConversationPlan },
    accounts: Accounts,
    values: ConnectionValues,
    groups: SlotGroups,
    now: () => number,
  ) {
    const { conversation } = plan;
    this.#accounts = accounts;
    this.#values = values;
    this.#groups = groups;
    this.now = now;
    this.tally = new ConversationTally(
      conversation.exchanges.length,
      conversation.publishes.length,
      conversation.groups.length,
    );
    accounts.tally.conversation = this.tally;
    this.#shares = new GroupShares(accounts, this.tally.groups, groups);
    accounts.pushes.ledger.track(groups.ofSlot);
    const compiled = conversation.conversations.map((said) => compile(said, values));
    this.#spoken = conversation.groups.map((group) => compiled[group.conversation] ?? null);
    this.#openings = new Openings(
      plan.engine.slots,
      (slot) => this.#spokenBy(slot)?.opening ?? null,
      this.send.bind(this),
    );
    this.#exchanges = new Exchanges(conversation, this.tally, groups, values, this);
    // A replacement shard starts in the middle of a schedule whose start it does not know, so it publishes nothing and
    // expects no published messages.
    const publishes = plan.isReplacement === true ? [] : conversation.publishes;
    this.#fanOut = new FanOut({ ...conversation, publishes }, this.tally, groups, values, this, plan.shards > 1);
    if (plan.isReplacement !== true) for (const group of groups.ofSlot) this.tally.groups[group]!.counts.planned++;
  }

  serve(engine: Engine): void {
    this.#engine = engine;
  }

  #spokenBy(slot: number): Spoken | null {
    return this.#spoken[this.#groups.ofSlot[slot]!] ?? null;
  }

  isOpen(slot: number): boolean {
    return this.#accounts.state[slot] === slotState.open;
  }

  /** Fills in a message for a connection and sends it. */
  send(slot: number, message: Outgoing, to?: Destination): boolean {
    this.#values.at(slot);
    return this.#engine.send(slot, message.fill(), message.isBinary, to);
  }

  #say(slot: number, message: Outgoing): boolean {
    const values = this.#values.at(slot);
    values.sentNs = this.now();
    return this.send(slot, message);
  }

  secured(slot: number, handshakeNs: number, session: TlsSession): void {
    this.#accounts.secured(slot, handshakeNs, session);
  }

  agreed(slot: number, what: string, value: string): void {
    this.#accounts.agreed(slot, what, value);
  }

  acknowledged(slot: number, roundTripNs: number, isRefused: boolean): void {
    this.#accounts.acknowledged(slot, roundTripNs, isRefused);
    this.#fanOut.acknowledged(slot, roundTripNs, isRefused);
  }

  opened(slot: number, startedNs: number, tcpNs: number, openedNs: number, greetedNs: number = tcpNs): void {
    this.#values.at(slot).sentNs = this.now();
    const instants = { startedNs, tcpNs, greetedNs, upgradedNs: openedNs };
    if (this.#openings.begin(slot, instants, this.now())) this.#count(slot, instants, openedNs);
  }

  #count(slot: number, { startedNs, tcpNs, greetedNs, upgradedNs }: TransportInstants, openedNs: number): void {
    this.#shares.mark();
    this.#accounts.opened(slot, startedNs, tcpNs, openedNs, greetedNs, upgradedNs);
    this.#fanOut.opened(slot, openedNs);
    this.#shares.attribute(slot);
  }

  refused(slot: number, cause: Cause, code: number, atNs: number, detail = ""): void {
    this.#shares.mark();
    this.#accounts.refused(slot, cause, code, atNs, detail);
    this.#shares.attribute(slot);
  }

  message(
    slot: number,
    bytes: Buffer,
    start: number,
    end: number,
    atNs: number,
    readNs: number,
    stamp: StampKind,
    isText = false,
    isRepeat = false,
  ): void {
    const separator = this.#spokenBy(slot)?.separator ?? null;
    if (separator === null) return this.#message(slot, bytes, start, end, atNs, readNs, stamp, isText, isRepeat);
    for (let at = start; at < end; ) {
      const found = bytes.indexOf(separator, at);
      const until = found < 0 || found > end - separator.length ? end : found;
      if (until > at) this.#message(slot, bytes, at, until, atNs, readNs, stamp, isText, isRepeat);
      at = until + separator.length;
    }
  }

  #message(
    slot: number,
    bytes: Buffer,
    start: number,
    end: number,
    atNs: number,
    readNs: number,
    stamp: StampKind,
    isText: boolean,
    isRepeat: boolean,
  ): void {
    const incoming = this.#incoming.set(bytes, start, end, !isText, isRepeat);
    if (this.#openings.isOpening(slot)) return this.#hearOpening(slot, incoming, atNs);
    const { counts } = this.tally.groups[this.#groups.ofSlot[slot]!]!;
    counts.messages++;
    if (
      this.#hearReplies(slot, incoming) ||
      this.#exchanges.hear(slot, incoming, atNs) ||
      this.#fanOut.hear(slot, incoming, atNs)
    )
      return this.#heard(slot, incoming, atNs, readNs, stamp);
    this.#shares.mark();
    this.#accounts.message(slot, bytes, start, end, atNs, readNs, stamp, isText);
    this.#shares.attribute(slot);
  }

  /** A message matched by the conversation: not a push by its stamp, but possibly one that the service numbers. */
  #heard(
    slot: number,
    { bytes, start, end, isBinary }: Incoming,
    atNs: number,
    readNs: number,
    stamp: StampKind,
  ): void {
    const { pushes } = this.#accounts;
    this.#accounts.spoken(slot, atNs, readNs, stamp);
    if (pushes.sequences === null) return;
    this.#shares.mark();
    pushes.latencyNs = Number.NaN;
    pushes.sequences.message(slot, bytes, start, end, atNs, !isBinary);
    this.#shares.attribute(slot);
  }

  #hearOpening(slot: number, incoming: Incoming, atNs: number): void {
    this.#values.at(slot).sentNs = this.now();
    const heard = this.#openings.hear(slot, incoming, this.now());
    if (heard === "opened") this.#count(slot, this.#openings.instants(slot), atNs);
    else if (heard === "ignored") this.#hearReplies(slot, incoming);
  }

  #hearReplies(slot: number, incoming: Incoming): boolean {
    for (const { when, send, taking } of this.#spokenBy(slot)?.replies ?? []) {
      if (!when.matches(incoming, slot)) continue;
      taking.take(slot, incoming);
      if (send !== null) this.#values.message = Math.max(0, when.id);
      // Nothing more is sent on a connection that is closing.
      if (send === null || this.#say(slot, send)) this.tally.replies++;
      return true;
    }
    return false;
  }

  pong(slot: number, roundTripNs: number): void {
    this.#accounts.pong(slot, roundTripNs);
  }

  closed(slot: number, cause: Cause, code: number, atNs: number, detail: string): void {
    if (this.#openings.isOpening(slot)) return this.#openingEnded(slot, cause, code, atNs, detail);
    const isOwnClose = isClosedByGenerator(cause);
    this.#exchanges.closed(slot, isOwnClose);
    this.#fanOut.closed(slot, atNs, isOwnClose);
    this.#shares.mark();
    this.#accounts.closed(slot, cause, code, atNs, detail);
    this.#shares.attribute(slot);
  }

  /** A connection that ended before its opening steps were done counts as refused, not as opened. */
  #openingEnded(slot: number, cause: Cause, code: number, atNs: number, detail: string): void {
    const failure = isClosedByGenerator(cause) ? null : this.#openings.failure(slot, cause, code, detail);
    this.#openings.forget(slot);
    if (failure === null) return this.refused(slot, cause, code, atNs);
    const { counted, why } = failure;
    this.tally.openingFailures[counted] = (this.tally.openingFailures[counted] ?? 0) + 1;
    this.refused(slot, "opening-failed", cause === "opening-failed" ? 0 : code, atNs, why);
  }

  start(startNs: number): void {
    this.#exchanges.start(startNs);
  }

  hold(startNs: number, endNs: number): void {
    this.#exchanges.hold(startNs, endNs);
    this.#fanOut.hold(startNs, endNs);
  }

  endAt(endNs: number): void {
    this.#exchanges.endAt(endNs);
    this.#fanOut.endAt(endNs);
    this.#isEnding = true;
  }

  /** Sends what is due and expires overdue answers and opening steps. */
  step(nowNs: number): void {
    this.#exchanges.step(nowNs);
    this.#fanOut.step(nowNs);
    if (nowNs - this.#walkedNs < walkEveryNs) return;
    this.#walkedNs = nowNs;
    this.#openings.expire(nowNs, (slot) => this.#engine.abandon(slot, "opening-failed", ""));
    this.#exchanges.expire(nowNs);
    if (this.#isEnding) this.isOutstanding = this.#exchanges.isOutstanding || this.#fanOut.isOutstanding();
  }

  /** How long the loop may wait for sockets, milliseconds. */
  waitMs(nowNs: number): number {
    return Math.max(0, Math.min(100, (Math.min(this.#exchanges.nextNs, this.#fanOut.nextNs) - nowNs) / 1e6));
  }

  /** Whether a message due before the end may still arrive; re-evaluated ten times a second once the end is reached. */
  isOutstanding = true;
  #isEnding = false;

  /** The longest any message may take and still be on time, nanoseconds. */
  get longestWaitNs(): number {
    return Math.max(this.#exchanges.longestWithinMs, this.#fanOut.longestWithinMs) * 1e6;
  }

  /** Called just before the generator closes a connection. */
  farewell(slot: number): void {
    const farewell = this.#spokenBy(slot)?.farewell ?? null;
    if (farewell !== null && this.isOpen(slot)) this.#say(slot, farewell);
  }

  shardDied(shard: number, atNs: number): void {
    this.#fanOut.shardDied(shard, atNs);
  }

  /** Called when no more messages are counted. */
  finish(): void {
    this.#fanOut.finish();
  }

  settle(nowNs: number): void {
    this.#fanOut.settle(nowNs);
    this.#shares.settle(nowNs);
  }
}
