/**
 * What a shard has counted of its conversations since its start: exchanges by name, published messages, groups, and why
 * opening steps failed. Cumulative and mergeable, like {@link Tally}. Names are in the plan; here everything is
 * identified by its index.
 */
import { Histogram } from "./histogram/histogram.ts";
import { histogramFromWire, histogramToWire } from "./histogram/histogram-wire.ts";
import { LastReceivers, type WireLastReceivers } from "./last-receivers.ts";

export const exchangeCounters = ["answered", "late", "lost", "sentOnly", "unsent", "duplicated", "inFlight"] as const;
export const publishCounters = [
  "sent",
  "unsent",
  "due",
  "received",
  "late",
  "duplicated",
  "outOfOrder",
  "misdelivered",
  "acknowledged",
  "refused",
  "redelivered",
  "queued",
] as const;
export const groupCounters = [
  "planned",
  "opened",
  "refused",
  "closedByPlan",
  "closedUnexpectedly",
  "messages",
  "received",
  "late",
  "lost",
  "duplicated",
  "outOfOrder",
] as const;

type Counts<Name extends string> = Record<Name, number>;
export interface Part<Name extends string> {
  counts: Counts<Name>;
  histograms: Histogram[];
}
interface WirePart {
  counts: number[];
  histograms: string[];
}

/**
 * Number of histograms per part: for an exchange the round trip and the send lag; for a publish also the last receiver
 * and the acknowledgement; for a group the push latency.
 */
const kinds = {
  exchanges: { counters: exchangeCounters, histograms: 2 },
  publishes: { counters: publishCounters, histograms: 4 },
  groups: { counters: groupCounters, histograms: 1 },
} as const;
type Kind = keyof typeof kinds;
type CounterOf<K extends Kind> = (typeof kinds)[K]["counters"][number];

export const roundTrip = 0;
export const sendLag = 1;
export const lastReceiver = 2;
export const acknowledgement = 3;

export interface WireConversation {
  exchanges: WirePart[];
  publishes: WirePart[];
  groups: WirePart[];
  openingFailures: Record<string, number>;
  replies: number;
  rooms?: RoomTimelines;
  unsent?: UnsentMessages[];
  lastReceivers?: (WireLastReceivers | null)[];
}

/**
 * Room -> changes of its number of receivers, as pairs of instant and change: [atNs, +1, atNs, -1, ...]. Instants are
 * relative to the start of the hold.
 */
export type RoomTimelines = Record<string, number[]>;

/** Messages `from` up to but excluding `to` of one publisher were due but not sent. */
export interface UnsentMessages {
  publish: number;
  publisher: number;
  from: number;
  to: number;
}

function makePart<K extends Kind>(kind: K): Part<CounterOf<K>> {
  const counts = Object.fromEntries(kinds[kind].counters.map((name) => [name, 0])) as Counts<CounterOf<K>>;
  return { counts, histograms: Array.from({ length: kinds[kind].histograms }, () => new Histogram()) };
}

/** Latency distributions for live charts: round trips by name, and deliveries by publishing group. */
export interface ConversationTimes {
  roundTrips: ReadonlyMap<string, Histogram>;
  deliveries: ReadonlyMap<string, Histogram>;
}

export class ConversationTally {
  readonly exchanges: Part<CounterOf<"exchanges">>[];
  readonly publishes: Part<CounterOf<"publishes">>[];
  readonly groups: Part<CounterOf<"groups">>[];
  /** STEP:REASON -> number of connections whose opening failed there. */
  readonly openingFailures: Record<string, number> = {};
  replies = 0;
  /** Timelines of the shard's own receivers; {@link add} merges them into one per room. */
  rooms: RoomTimelines = {};
  /** Number of changes, and that number when they were last sent. */
  roomChanges = 0;
  #roomChangesTold = 0;
  unsent: UnsentMessages[] = [];
  /** By publish, once a shard of several is done; null where not recorded. */
  lastReceivers: (LastReceivers | null)[] = [];

  constructor(exchanges: number, publishes: number, groups: number) {
    this.exchanges = Array.from({ length: exchanges }, () => makePart("exchanges"));
    this.publishes = Array.from({ length: publishes }, () => makePart("publishes"));
    this.groups = Array.from({ length: groups }, () => makePart("groups"));
  }

  add(other: ConversationTally): void {
    addParts("exchanges", this.exchanges, other.exchanges);
    addParts("publishes", this.publishes, other.publishes);
    addParts("groups", this.groups, other.groups);
    for (const [step, count] of Object.entries(other.openingFailures))
      this.openingFailures[step] = (this.openingFailures[step] ?? 0) + count;
    for (const [room, changes] of Object.entries(other.rooms))
      this.rooms[room] = [...(this.rooms[room] ?? []), ...changes];
    this.unsent.push(...other.unsent);
    for (const [place, theirs] of other.lastReceivers.entries()) {
      const mine = this.lastReceivers[place] ?? null;
      if (mine === null) this.lastReceivers[place] = theirs?.copy() ?? null;
      else if (theirs !== null) mine.add(theirs);
    }
    this.replies += other.replies;
  }

  /** Closes the account of a shard that died: pending answers are lost, and nothing is in flight. */
  bury(): void {
    for (const { counts } of this.exchanges) {
      counts.lost += counts.inFlight;
      counts.inFlight = 0;
    }
    // The last messages received may not have been counted as due yet.
    for (const { counts } of this.publishes) counts.due = Math.max(counts.due, counts.received);
  }

  /** Timelines unchanged since they were last sent are omitted, unless `isWhole`. */
  toWire(isWhole: boolean): WireConversation {
    const tellsRooms = isWhole || this.roomChanges !== this.#roomChangesTold;
    this.#roomChangesTold = this.roomChanges;
    return {
      exchanges: partsToWire("exchanges", this.exchanges),
      publishes: partsToWire("publishes", this.publishes),
      groups: partsToWire("groups", this.groups),
      openingFailures: { ...this.openingFailures },
      replies: this.replies,
      ...(tellsRooms && Object.keys(this.rooms).length > 0 ? { rooms: this.rooms } : {}),
      ...(this.unsent.length === 0 ? {} : { unsent: this.unsent }),
      ...(this.lastReceivers.length === 0
        ? {}
        : { lastReceivers: this.lastReceivers.map((each) => each?.toWire() ?? null) }),
    };
  }

  /** Omitted timelines are taken from `before`, the previous tally of the same shard. */
  static fromWire(wire: WireConversation, before?: ConversationTally | null): ConversationTally {
    const tally = new ConversationTally(0, 0, 0);
    tally.exchanges.push(...partsFromWire("exchanges", wire.exchanges));
    tally.publishes.push(...partsFromWire("publishes", wire.publishes));
    tally.groups.push(...partsFromWire("groups", wire.groups));
    Object.assign(tally.openingFailures, wire.openingFailures);
    tally.replies = wire.replies;
    tally.rooms = wire.rooms ?? before?.rooms ?? {};
    tally.unsent = wire.unsent ?? [];
    tally.lastReceivers = (wire.lastReceivers ?? []).map((each) =>
      each === null ? null : LastReceivers.fromWire(each),
    );
    return tally;
  }
}

function addParts<K extends Kind>(kind: K, mine: Part<CounterOf<K>>[], theirs: readonly Part<CounterOf<K>>[]): void {
  theirs.forEach((part, place) => {
    mine[place] ??= makePart(kind);
    const own = mine[place];
    for (const name of kinds[kind].counters as readonly CounterOf<K>[]) own.counts[name] += part.counts[name];
    part.histograms.forEach((histogram, i) => void own.histograms[i]?.add(histogram));
  });
}

function partsToWire<K extends Kind>(kind: K, parts: readonly Part<CounterOf<K>>[]): WirePart[] {
  return parts.map(({ counts, histograms }) => ({
    counts: (kinds[kind].counters as readonly CounterOf<K>[]).map((name) => counts[name]),
    histograms: histograms.map((histogram) => (histogram.count === 0 ? "" : histogramToWire(histogram))),
  }));
}

function partsFromWire<K extends Kind>(kind: K, wire: readonly WirePart[]): Part<CounterOf<K>>[] {
  return wire.map(({ counts, histograms }) => {
    const named = Object.fromEntries(kinds[kind].counters.map((name, i) => [name, counts[i] ?? 0])) as Counts<
      CounterOf<K>
    >;
    return {
      counts: named,
      histograms: histograms.map((text) => (text === "" ? new Histogram() : histogramFromWire(text))),
    };
  });
}
