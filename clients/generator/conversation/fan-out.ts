/**
 * Everything a shard publishes, and what its connections receive of it: sends each message when it is due and accounts
 * for every receiver.
 */
import type { Destination } from "../../connection/codec/mqtt/options.ts";
import {
  acknowledgement,
  type ConversationTally,
  lastReceiver,
  roundTrip,
  sendLag,
  type UnsentMessages,
} from "../../measure/conversation-tally.ts";
import type { Histogram } from "../../measure/histogram/histogram.ts";
import { LastReceivers, mostMessages } from "../../measure/last-receivers.ts";
import { type ConversationPlan, noRoom, type PublishPlan, type RoomsPlan } from "../../plan/conversation-plan.ts";
import { maxLagUs, PublishSchedule, publishedId, readPublishedId } from "../../plan/publish-schedule.ts";
import type { ConnectionValues } from "../../plan/values/connection-values.ts";
import type { Template } from "../../plan/values/template.ts";
import { type FindId, findByMatcher, findByText } from "./arrival.ts";
import { DueMembers } from "./due-members.ts";
import type { Sender } from "./exchanges.ts";
import { FanOutLedger } from "./fan-out-ledger.ts";
import type { Incoming } from "./incoming.ts";
import { MessageMatcher } from "./message-matcher.ts";
import { Outgoing } from "./outgoing.ts";
import { Rooms } from "./rooms.ts";
import type { SlotGroups } from "./slot-groups.ts";

/** Most messages published before sockets are served again. */
const maxAtOnce = 1000;
/** Most messages buffered until the start of the hold is known. */
const maxEarly = 100_000;

interface Publishing {
  plan: PublishPlan;
  place: number;
  due: DueMembers;
  schedule: PublishSchedule;
  ledger: FanOutLedger;
  rooms: Rooms;
  /** Which shard each publisher belongs to. */
  shardOf: Uint16Array;
  message: Outgoing;
  /** Null where the protocol has no topics; `to` is filled in for each message. */
  topic: Template | null;
  to: Destination | undefined;
  find: FindId;
  /** By publisher: its last message that arrived, and the longest time it took to any receiver of this shard. */
  latest: Int32Array;
  longestNs: Float64Array;
  /** Replaces the two columns above from the start of the hold on, when the run has several shards. */
  lastReceivers: LastReceivers | null;
}

export class FanOut {
  readonly #publishing: Publishing[];
  readonly #tally: ConversationTally;
  readonly #values: ConnectionValues;
  readonly #sender: Sender;
  /** Messages from other shards that arrived before this one was told that the hold had begun. */
  readonly #early: { publishing: Publishing; slot: number; id: number; atNs: number; isRepeat: boolean }[] = [];
  readonly #isOneOfSeveral: boolean;
  #isHolding = false;
  readonly #unsent = new Map<string, UnsentMessages>();

  /** `isOneOfSeveral`: other processes have receivers too. */
  constructor(
    plan: ConversationPlan,
    tally: ConversationTally,
    groups: SlotGroups,
    values: ConnectionValues,
    sender: Sender,
    isOneOfSeveral: boolean,
  ) {
    this.#tally = tally;
    this.#isOneOfSeveral = isOneOfSeveral;
    this.#values = values;
    this.#sender = sender;
    this.#publishing = plan.publishes.map((publish, place) => {
      const { slots, ranks, total, shardOf } = groups.membersOf([publish.group]);
      const rooms = new Rooms(publish.rooms ?? sharedRoom(publish, plan, total, groups), slots, ranks);
      const schedule = new PublishSchedule(total, publish.everyMs);
      const { counts } = tally.publishes[place]!;
      return {
        plan: publish,
        place,
        due: new DueMembers(slots, ranks, total, publish.everyMs),
        schedule,
        rooms,
        shardOf: Uint16Array.from(shardOf),
        ledger: new FanOutLedger(counts, schedule, rooms, {
          withinNs: publish.withinMs * 1e6,
          toSender: publish.sender,
          isKept: publish.isKept,
        }),
        message: new Outgoing(publish.send, values),
        topic: publish.topic === "" ? null : values.template(publish.topic),
        to: publish.topic === "" ? undefined : { topic: "", qos: publish.qos },
        find:
          publish.arrives === null
            ? findByText(publish.send)
            : findByMatcher(new MessageMatcher(publish.arrives, values)),
        latest: new Int32Array(total).fill(-1),
        longestNs: new Float64Array(total),
        lastReceivers: null,
      };
    });
  }

  hold(startNs: number, endNs: number): void {
    for (const publishing of this.#publishing) {
      const { due, schedule, ledger } = publishing;
      due.begin(startNs, endNs);
      schedule.begin(startNs, endNs);
      ledger.begin(startNs);
      const messages = (Math.ceil((endNs - startNs) / schedule.everyNs) + 1) * schedule.publishers;
      if (this.#isOneOfSeveral && messages <= mostMessages) publishing.lastReceivers = new LastReceivers(messages);
    }
    this.#isHolding = true;
    for (const { publishing, slot, id, atNs, isRepeat } of this.#early.splice(0))
      this.#arrived(publishing, slot, id, atNs, isRepeat);
  }

  endAt(endNs: number): void {
    for (const { due, schedule } of this.#publishing) {
      due.end(endNs);
      schedule.end(endNs);
    }
  }

  /**
   * A shard died: nothing its publishers were to send from this instant on is due, and what was received of it is not
   * counted.
   */
  shardDied(shard: number, fromNs: number): void {
    for (const { ledger, shardOf } of this.#publishing)
      ledger.withdraw((publisher) => shardOf[publisher] === shard, fromNs);
  }

  get nextNs(): number {
    return this.#publishing.reduce((least, { due }) => Math.min(least, due.nextNs), Number.POSITIVE_INFINITY);
  }

  step(nowNs: number): void {
    for (const publishing of this.#publishing) {
      let left = maxAtOnce;
      for (let slot = publishing.due.take(nowNs); slot >= 0; slot = left-- > 0 ? publishing.due.take(nowNs) : -1)
        this.#publish(publishing, slot);
    }
  }

  #publish({ place, due, rooms, message, schedule, topic, to }: Publishing, slot: number): void {
    const { counts, histograms } = this.#tally.publishes[place]!;
    const publisher = rooms.publisherOf[slot]!;
    const sequence = due.round;
    const values = this.#values.at(slot);
    values.sequence = sequence;
    values.sentNs = this.#sender.now();
    const lagNs = values.sentNs - due.dueNs;
    values.message = publishedId(
      { publish: place, publisher, sequence, lagUs: lagNs / 1000 },
      this.#publishing.length,
      schedule.publishers,
    );
    if (topic !== null && to !== undefined) to.topic = topic.text();
    // Unsent because its connection is not open, or because the peer's flow control limits hold it back.
    if (!this.#sender.isOpen(slot) || !this.#sender.send(slot, message, to)) {
      counts.unsent++;
      return this.#noteUnsent(place, publisher, sequence);
    }
    counts.sent++;
    histograms[sendLag]!.recordNs(Math.max(0, lagNs));
  }

  #noteUnsent(publish: number, publisher: number, sequence: number): void {
    const key = `${publish}:${publisher}`;
    const range = this.#unsent.get(key);
    if (range !== undefined && range.to === sequence) {
      range.to++;
      return;
    }
    const next = { publish, publisher, from: sequence, to: sequence + 1 };
    this.#unsent.set(key, next);
    this.#tally.unsent.push(next);
  }

  opened(slot: number, openedNs: number): void {
    for (const { ledger } of this.#publishing) ledger.open(slot, openedNs);
  }

  /** Records the last acknowledgement of a message that a slot published. */
  acknowledged(slot: number, roundTripNs: number, isRefused: boolean): void {
    for (const { place, rooms } of this.#publishing) {
      if (rooms.publisherOf[slot]! < 0) continue;
      const { counts, histograms } = this.#tally.publishes[place]!;
      if (isRefused) counts.refused++;
      else {
        counts.acknowledged++;
        histograms[acknowledgement]!.recordNs(roundTripNs);
      }
    }
  }

  closed(slot: number, atNs: number, isOurs: boolean): void {
    for (const { ledger } of this.#publishing) ledger.close(slot, atNs, isOurs);
  }

  /** Counts the message if it is a published one; false when it is not. */
  hear(slot: number, incoming: Incoming, atNs: number): boolean {
    for (const publishing of this.#publishing)
      if (publishing.find(incoming, slot, (id) => this.#arrived(publishing, slot, id, atNs, incoming.isRepeat)))
        return true;
    return false;
  }

  #arrived(publishing: Publishing, slot: number, id: number, atNs: number, isRepeat: boolean): boolean {
    const { place, schedule, ledger, plan, latest, longestNs, lastReceivers } = publishing;
    const published = readPublishedId(id, place, this.#publishing.length, schedule.publishers);
    if (published === null) return false;
    if (!this.#isHolding)
      return this.#early.length < maxEarly && this.#early.push({ publishing, slot, id, atNs, isRepeat }) > 0;
    const { publisher, sequence, lagUs } = published;
    const dueNs = schedule.dueNs(publisher, sequence);
    // A sequence that cannot have been sent yet is not one of this run's messages.
    if (sequence >= schedule.dueBy(publisher, atNs + maxLagUs * 1000)) return false;
    // The latency of a queued message says when its receiver came back and nothing about the target.
    if (ledger.record(slot, publisher, sequence, isRepeat) !== "first") return true;
    const latencyNs = Math.max(0, atNs - dueNs - lagUs * 1000);
    const { counts, histograms } = this.#tally.publishes[place]!;
    if (latencyNs > plan.withinMs * 1e6) counts.late++;
    histograms[roundTrip]!.recordNs(latencyNs);
    if (lastReceivers !== null) lastReceivers.record(sequence * schedule.publishers + publisher, latencyNs);
    else if (sequence > latest[publisher]!) {
      lastOf(histograms[lastReceiver]!, latest, longestNs, publisher);
      latest[publisher] = sequence;
      longestNs[publisher] = latencyNs;
    } else if (sequence === latest[publisher]) longestNs[publisher] = Math.max(longestNs[publisher]!, latencyNs);
    return true;
  }

  /** Writes the number of due messages into the tally. */
  settle(nowNs: number): void {
    for (const { place, ledger } of this.#publishing) {
      ledger.settle(nowNs);
      for (const [room, changes] of ledger.timelines) this.#tally.rooms[`${place}:${room}`] = changes;
      this.#tally.roomChanges = this.#publishing.reduce((sum, each) => sum + each.ledger.changes, 0);
    }
  }

  /** No more messages arrive: the last message of each publisher has reached its last receiver. */
  finish(): void {
    if (this.#isOneOfSeveral) this.#tally.lastReceivers = this.#publishing.map(({ lastReceivers }) => lastReceivers);
    for (const { place, latest, longestNs } of this.#publishing) {
      const histogram = this.#tally.publishes[place]!.histograms[lastReceiver]!;
      for (let publisher = 0; publisher < latest.length; publisher++) {
        lastOf(histogram, latest, longestNs, publisher);
        latest[publisher] = -1;
      }
    }
  }

  /** Whether a published message may still arrive. */
  isOutstanding(): boolean {
    return this.#publishing.some(({ place, ledger, to }) => {
      const { received, sent, acknowledged, refused } = this.#tally.publishes[place]!.counts;
      const wantsAcknowledgement = to !== undefined && to.qos > 0 && sent > acknowledged + refused;
      return wantsAcknowledgement || ledger.dueBy(Number.POSITIVE_INFINITY) > received;
    });
  }

  /** How long after the hold published messages may still arrive, milliseconds. */
  get longestWithinMs(): number {
    return this.#publishing.reduce((most, { plan }) => Math.max(most, plan.withinMs), 0);
  }
}

function lastOf(histogram: Histogram, latest: Int32Array, longestNs: Float64Array, publisher: number): void {
  if (latest[publisher]! >= 0) histogram.recordNs(longestNs[publisher]!);
}

/** A single room that all receivers and all publishers share. */
function sharedRoom(
  { reaches, group }: PublishPlan,
  plan: ConversationPlan,
  publishers: number,
  groups: SlotGroups,
): RoomsPlan {
  const meant =
    reaches === "group"
      ? group
      : reaches.startsWith("group:")
        ? plan.groups.findIndex(({ name }) => name === reaches.slice(6))
        : -1;
  const isMeant = (slotGroup: number): boolean => meant < 0 || slotGroup === meant;
  return {
    publishers: new Array<number>(publishers).fill(0),
    slots: Array.from(groups.ofSlot, (slotGroup) => (isMeant(slotGroup) ? 0 : noRoom)),
  };
}
