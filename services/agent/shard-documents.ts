/**
 * The two documents of a run in Redis: the control service's orders, and the state of each shard. Both are complete and
 * cumulative.
 */

import type { ConnectionEvent, FromShard, ShardPlan, ShardVitals, ToShard } from "../../clients/generator/plan.ts";
import type { WireTally } from "../../clients/measure/tally-wire.ts";
import type { ClockReading } from "./clock-reading.ts";

/** A shard handed to the agent that takes it. */
export interface ShardJob {
  run: string;
  plan: ShardPlan;
  /** Which control service requested it: several may share one Redis. */
  control: string;
  /** When it was requested, in the control service's clock; present in signed jobs. */
  asked?: { atNs: number; clock: ClockReading };
}

/** The control service's orders for the shards of one run; instants in its clock. */
export interface OrdersDocument {
  run: string;
  /** Increases every second: if it stops, the control service is gone. */
  beat: number;
  clock: ClockReading;
  /** All orders so far, in sequence; `shard` null: for all. */
  told: { sequence: number; shard: number | null; message: ToShard }[];
  /** For each shard, the last event the control service has received. */
  eventsSeen: Record<number, number>;
  /** The run is over: end all remaining shards. */
  isOver: boolean;
}

/** The state of one shard; instants in its agent's clock. */
export interface ShardDocument {
  shard: number;
  agent: string;
  clock: ClockReading;
  ready: { pid: number; vitals: ShardVitals } | null;
  isRamped: boolean;
  /** Cumulative, including every histogram. */
  tally: { sequence: number; atNs: number; tally: WireTally; vitals: ShardVitals } | null;
  /** Numbered events that the control service has not confirmed. */
  events: { sequence: number; event: ConnectionEvent }[];
  isDone: boolean;
  /** Why it failed or ended on its own; null while it is running. `isUsage`: because of a scenario value. */
  ended: { text: string; isFailure: boolean; isUsage?: boolean } | null;
  /** Maximum error of the assumed target clock; null: not estimated. */
  clockError: { boundMs: number } | null;
}

export function emptyDocument(shard: number, agent: string, clock: ClockReading): ShardDocument {
  return {
    shard,
    agent,
    clock,
    ready: null,
    isRamped: false,
    tally: null,
    events: [],
    isDone: false,
    ended: null,
    clockError: null,
  };
}

/**
 * Most events kept while the control service does not confirm them; further ones are dropped, and the tally counts how
 * many.
 */
const mostEventsKept = 20_000;

/** The document after a message from its shard. Tallies omit unchanged histograms; the document keeps them. */
export function withMessage(document: ShardDocument, message: FromShard, nextEvent: number): ShardDocument {
  switch (message.type) {
    case "ready":
      return { ...document, ready: { pid: message.pid, vitals: message.vitals } };
    case "failed":
      return { ...document, ended: { text: message.text, isFailure: true, isUsage: message.isUsage === true } };
    case "ramped":
      return { ...document, isRamped: true };
    case "tally": {
      const { sequence, atNs, tally, vitals } = message;
      return {
        ...document,
        tally: {
          sequence,
          atNs,
          vitals,
          tally: { ...tally, histograms: { ...document.tally?.tally.histograms, ...tally.histograms } },
        },
      };
    }
    case "events": {
      const numbered = message.events.map((event, index) => ({ sequence: nextEvent + index, event }));
      return { ...document, events: [...document.events, ...numbered].slice(0, mostEventsKept) };
    }
    case "done": {
      const { tally, vitals } = message;
      return {
        ...document,
        isDone: true,
        tally: { sequence: (document.tally?.sequence ?? 0) + 1, atNs: 0, tally, vitals },
      };
    }
  }
}

/** The document without the events that the control service has received. */
export function withoutSeen(document: ShardDocument, seen: number): ShardDocument {
  return document.events.length === 0 || (document.events[0]?.sequence ?? 0) > seen
    ? document
    : { ...document, events: document.events.filter(({ sequence }) => sequence > seen) };
}
