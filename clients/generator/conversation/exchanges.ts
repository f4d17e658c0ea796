/** All heartbeats and requests of a shard: sends each when it is due and matches answers to messages. */
import type { Destination } from "../../connection/codec/mqtt/options.ts";
import type { ConversationTally } from "../../measure/conversation-tally.ts";
import type { ConversationPlan, ExchangePlan } from "../../plan/conversation-plan.ts";
import type { ConnectionValues } from "../../plan/values/connection-values.ts";
import { DueMembers } from "./due-members.ts";
import { Exchange } from "./exchange.ts";
import type { Incoming } from "./incoming.ts";
import { MessageMatcher } from "./message-matcher.ts";
import { Outgoing } from "./outgoing.ts";
import type { SlotGroups } from "./slot-groups.ts";

interface Running {
  plan: ExchangePlan;
  due: DueMembers;
  exchange: Exchange;
  message: Outgoing;
  answer: MessageMatcher | null;
}

/** What exchanges need of the shard: whether a slot is open, and a way to send on it. */
export interface Sender {
  isOpen(slot: number): boolean;
  /** True when the message was sent or queued for sending. */
  send(slot: number, message: Outgoing, to?: Destination): boolean;
  now(): number;
}

/** Most messages sent before sockets are served again. */
const maxAtOnce = 1000;

export class Exchanges {
  readonly #running: Running[];
  readonly #values: ConnectionValues;
  readonly #sender: Sender;
  readonly #connections: number;
  /** For each exchange, the groups whose answers concern it: exchange index -> one bit per group. */
  readonly #groups: SlotGroups;

  constructor(
    plan: ConversationPlan,
    tally: ConversationTally,
    groups: SlotGroups,
    values: ConnectionValues,
    sender: Sender,
  ) {
    this.#values = values;
    this.#sender = sender;
    this.#groups = groups;
    this.#connections = plan.groups.reduce((sum, { connections }) => sum + connections, 0);
    this.#running = plan.exchanges.map((exchangePlan, place) => {
      const { groups: own, everyMs, withinMs, send, answer } = exchangePlan;
      const { slots, ranks, total } = groups.membersOf(own);
      const matcher = answer === null ? null : new MessageMatcher(answer, values);
      const exchange = new Exchange(tally.exchanges[place]!, groups.ofSlot.length, withinMs, answer !== null);
      if (matcher?.bindsId === true) exchange.byId();
      return {
        plan: exchangePlan,
        due: new DueMembers(slots, ranks, total, everyMs),
        exchange,
        message: new Outgoing(send, values),
        answer: matcher,
      };
    });
  }

  /** Heartbeats are due from the start of the ramp. */
  start(startNs: number): void {
    for (const { plan, due } of this.#running) if (plan.kind === "beat") due.begin(startNs, Number.POSITIVE_INFINITY);
  }

  hold(startNs: number, endNs: number): void {
    for (const { plan, due } of this.#running) if (plan.kind === "request") due.begin(startNs, endNs);
  }

  /** No request is due after this instant; open connections keep sending heartbeats. */
  endAt(endNs: number): void {
    for (const { plan, due } of this.#running) if (plan.kind === "request") due.end(endNs);
  }

  get nextNs(): number {
    return this.#running.reduce((least, { due }) => Math.min(least, due.nextNs), Number.POSITIVE_INFINITY);
  }

  step(nowNs: number): void {
    for (const [place, running] of this.#running.entries()) {
      let left = maxAtOnce;
      for (let slot = running.due.take(nowNs); slot >= 0; slot = left-- > 0 ? running.due.take(nowNs) : -1)
        this.#due(place, running, slot);
    }
  }

  #due(place: number, { plan, due, exchange, message }: Running, slot: number): void {
    const values = this.#values.at(slot);
    values.sequence = exchange.next(slot);
    values.message = this.#idOf(place, values.sequence, values.index);
    values.sentNs = this.#sender.now();
    if (this.#sender.isOpen(slot) && this.#sender.send(slot, message))
      return exchange.sent(slot, values.sentNs, due.dueNs);
    // A heartbeat is only due on an open connection; a request is due whatever happened to its connection.
    if (plan.kind === "request") exchange.unsent();
  }

  /**
   * A message id unique within the run, made of the sequence, the kind of message and the connection. Odd: published
   * messages have even ids.
   */
  #idOf(place: number, sequence: number, index: number): number {
    return ((sequence * this.#running.length + place) * this.#connections + index) * 2 + 1;
  }

  /** Counts the message if it is an answer; false when it is not. */
  hear(slot: number, incoming: Incoming, atNs: number): boolean {
    for (const [place, { plan, answer, exchange }] of this.#running.entries()) {
      if (answer === null || !plan.groups.includes(this.#groups.ofSlot[slot]!) || !answer.matches(incoming, slot))
        continue;
      if (!answer.bindsId) {
        exchange.answered(slot, -1, atNs);
        return true;
      }
      const sequence = this.#sequenceOf(place, answer.id, slot);
      if (sequence < 0) continue;
      exchange.answered(slot, sequence, atNs);
      return true;
    }
    return false;
  }

  /** The sequence encoded in an id; -1 when the id is not one of this slot's messages of this kind. */
  #sequenceOf(place: number, id: number, slot: number): number {
    if (id < 0 || id % 2 === 0) return -1;
    const number = (id - 1) / 2;
    const index = number % this.#connections;
    const rest = Math.floor(number / this.#connections);
    if (rest % this.#running.length !== place || index !== this.#values.at(slot).index) return -1;
    return Math.floor(rest / this.#running.length);
  }

  expire(nowNs: number): void {
    for (const { exchange } of this.#running) exchange.expire(nowNs);
  }

  closed(slot: number, isOurs: boolean): void {
    for (const { exchange } of this.#running) exchange.closed(slot, isOurs);
  }

  /** Whether an answer to a request may still arrive on time. */
  get isOutstanding(): boolean {
    return this.#running.some(({ plan, exchange }) => plan.kind === "request" && exchange.isOutstanding);
  }

  get longestWithinMs(): number {
    return this.#running.reduce((most, { plan }) => Math.max(most, plan.withinMs), 0);
  }
}
