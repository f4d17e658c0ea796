/**
 * The report's block on conversations: groups, failed openings, exchanges, and messages published to other connections.
 */
import {
  acknowledgement,
  type ConversationTally,
  type ConversationTimes,
  type exchangeCounters,
  lastReceiver,
  type Part,
  type publishCounters,
  roundTrip,
  sendLag,
} from "../../measure/conversation-tally.ts";
import type { Histogram } from "../../measure/histogram/histogram.ts";
import { PublishSchedule } from "../../plan/publish-schedule.ts";
import { quantilesOf } from "../../report/model/quantiles.ts";
import type {
  ConversationBlock,
  ExchangeReport,
  GroupReport,
  PublishReport,
} from "../../report/model/schema/conversation-types.ts";

/** Names and indexes in a plan, in the order of the tally's lists. */
export interface ConversationNames {
  groups: { name: string; connections: number }[];
  exchanges: { name: string; kind: "beat" | "request"; everyMs: number }[];
  publishes: {
    group: number;
    reaches: string;
    everyMs: number;
    topic: string;
    qos: number;
    rooms?: { publishers: number[] };
  }[];
}

const quantiles = (histogram: Histogram | undefined) =>
  histogram === undefined || histogram.count === 0 ? null : quantilesOf(histogram);

export function groupReports(
  { groups }: ConversationNames,
  tally: ConversationTally,
  isStamped: boolean,
): GroupReport[] {
  return groups.map(({ name }, place) => {
    const { counts, histograms } = tally.groups[place] ?? { counts: null, histograms: [] };
    const of = (counter: keyof NonNullable<typeof counts>): number => counts?.[counter] ?? 0;
    const pushes = { due: of("received") + of("lost"), received: of("received"), late: of("late"), lost: of("lost") };
    return {
      name,
      planned: of("planned"),
      opened: of("opened"),
      refused: of("refused"),
      closedByPlan: of("closedByPlan"),
      closedUnexpectedly: of("closedUnexpectedly"),
      messages: of("messages"),
      pushes: isStamped ? { ...pushes, duplicated: of("duplicated"), outOfOrder: of("outOfOrder") } : null,
      latencyMs: { push: quantiles(histograms[0]) },
    };
  });
}

/** `shards`: of the run; with several, the last receiver of a message is only known once all are done. */
export function conversationReport(
  names: ConversationNames,
  tally: ConversationTally,
  shards: number,
): ConversationBlock {
  const of = (kind: "beat" | "request"): ExchangeReport[] => exchangesOf(names, tally, kind);
  const publishes = names.publishes.map(({ group, reaches, topic, qos }, place) => ({
    ...publishReport(
      names.groups[group]?.name ?? "",
      reaches,
      tally.publishes[place],
      withdrawn(names, tally, place),
      lastReceiverOf(tally, place, shards),
    ),
    ...(topic === "" ? {} : acknowledgements(tally.publishes[place], qos)),
  }));
  return {
    openingFailures: Object.entries(tally.openingFailures)
      .map(([step, count]) => ({ step, count }))
      .sort((a, b) => b.count - a.count),
    replies: tally.replies,
    beats: of("beat"),
    requests: of("request"),
    published: publishes,
  };
}

/** Merges those with the same name in several groups. */
function exchangesOf(
  { exchanges }: ConversationNames,
  tally: ConversationTally,
  kind: "beat" | "request",
): ExchangeReport[] {
  const named = new Map<string, Part<(typeof exchangeCounters)[number]>[]>();
  for (const [place, { name, kind: own }] of exchanges.entries()) {
    const part = tally.exchanges[place];
    if (own === kind && part !== undefined) named.set(name, [...(named.get(name) ?? []), part]);
  }
  return [...named].map(([name, parts]) => {
    const sum = (counter: (typeof exchangeCounters)[number]): number =>
      parts.reduce((total, { counts }) => total + counts[counter], 0);
    const merged = (place: number) => {
      const [first, ...rest] = parts.map(({ histograms }) => histograms[place]!);
      if (rest.length === 0) return quantiles(first);
      const all = first!.since(undefined);
      for (const one of rest) all.add(one);
      return quantiles(all);
    };
    const sent = sum("answered") + sum("late") + sum("lost") + sum("sentOnly");
    return {
      name,
      due: sent + sum("unsent"),
      sent,
      answered: sum("answered"),
      late: sum("late"),
      lost: sum("lost"),
      unsent: sum("unsent"),
      duplicated: sum("duplicated"),
      latencyMs: merged(roundTrip),
      sendLagMs: merged(sendLag),
    };
  });
}

/** Merges those with the same name, or of the same group. */
export function conversationTimes(
  { exchanges, publishes, groups }: ConversationNames,
  tally: ConversationTally,
): ConversationTimes {
  const merged = (parts: readonly { name: string; histogram: Histogram | undefined }[]): Map<string, Histogram> => {
    const named = new Map<string, Histogram>();
    for (const { name, histogram } of parts) {
      if (histogram === undefined) continue;
      const before = named.get(name);
      if (before === undefined) named.set(name, histogram.copy());
      else before.add(histogram);
    }
    return named;
  };
  return {
    roundTrips: merged(
      exchanges.map(({ name }, place) => ({ name, histogram: tally.exchanges[place]?.histograms[roundTrip] })),
    ),
    deliveries: merged(
      publishes.map(({ group }, place) => ({
        name: groups[group]?.name ?? "",
        histogram: tally.publishes[place]?.histograms[roundTrip],
      })),
    ),
  };
}

/** What shards count as due for messages that were never sent because their publisher's connection was not open. */
function withdrawn(
  { publishes, groups }: ConversationNames,
  { unsent, rooms }: ConversationTally,
  place: number,
): number {
  const own = unsent.filter(({ publish }) => publish === place);
  if (own.length === 0) return 0;
  const { everyMs, group, rooms: told } = publishes[place]!;
  const schedule = new PublishSchedule(groups[group]?.connections ?? 1, everyMs);
  schedule.begin(0, Number.POSITIVE_INFINITY);
  const timelines = new Map<string, Timeline>();
  let sum = 0;
  for (const { publisher, from, to } of own) {
    const name = `${place}:${told?.publishers[publisher] ?? 0}`;
    const timeline = timelines.get(name) ?? new Timeline(rooms[name] ?? []);
    timelines.set(name, timeline);
    for (let sequence = from; sequence < to; sequence++) sum += timeline.at(schedule.dueNs(publisher, sequence));
  }
  return sum;
}

/** Number of receivers in a room over time. */
class Timeline {
  readonly #atNs: number[] = [];
  readonly #count: number[] = [];

  constructor(changes: readonly number[]) {
    const pairs: [number, number][] = [];
    for (let i = 0; i + 1 < changes.length; i += 2) pairs.push([changes[i]!, changes[i + 1]!]);
    let count = 0;
    for (const [atNs, change] of pairs.sort((a, b) => a[0] - b[0])) {
      count += change;
      this.#atNs.push(atNs);
      this.#count.push(count);
    }
  }

  at(atNs: number): number {
    let low = 0;
    let high = this.#atNs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      // A receiver joining at this very instant is not due the message; one leaving at it is.
      if (this.#atNs[middle]! < atNs) low = middle + 1;
      else high = middle;
    }
    return this.#count[low - 1] ?? 0;
  }
}

/** Undefined: a shard died or is not done, or there were too many messages to record. */
function lastReceiverOf(
  { publishes, lastReceivers }: ConversationTally,
  place: number,
  shards: number,
): Histogram | undefined {
  if (shards === 1) return publishes[place]?.histograms[lastReceiver];
  const merged = lastReceivers[place] ?? null;
  return merged?.shards === shards ? merged.histogram() : undefined;
}

type PublishPart = Part<(typeof publishCounters)[number]> | undefined;

/** Additional figures for protocols with acknowledgements and sessions. */
function acknowledgements(part: PublishPart, qos: number): Partial<PublishReport> {
  const { redelivered = 0, queued = 0, acknowledged = 0, refused = 0 } = part?.counts ?? {};
  if (qos === 0) return { redelivered, queued, acknowledged: null, refused: null, acknowledgedMs: null };
  return { redelivered, queued, acknowledged, refused, acknowledgedMs: quantiles(part?.histograms[acknowledgement]) };
}

function publishReport(
  group: string,
  reaches: string,
  part: PublishPart,
  notSent: number,
  last: Histogram | undefined,
): PublishReport {
  const of = (counter: (typeof publishCounters)[number]): number => part?.counts[counter] ?? 0;
  // During the run, `due` is at least the number received.
  const due = Math.max(of("received"), of("due") - notSent);
  return {
    group,
    reaches,
    sent: of("sent"),
    unsent: of("unsent"),
    due,
    received: of("received"),
    late: of("late"),
    lost: due - of("received"),
    duplicated: of("duplicated"),
    outOfOrder: of("outOfOrder"),
    misdelivered: of("misdelivered"),
    latencyMs: quantiles(part?.histograms[roundTrip]),
    lastReceiverMs: quantiles(last),
    sendLagMs: quantiles(part?.histograms[sendLag]),
  };
}
