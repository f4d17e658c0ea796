/**
 * The two documents of a run in Redis: what control wants, and what each shard has done. Both are whole and cumulative.
 */

import type { ConnectionEvent, FromShard, ShardPlan, ShardVitals, ToShard } from "../../clients/generator/plan.ts";
import type { WireTally } from "../../clients/measure/tally-wire.ts";
import type { ClockReading } from "./clock-reading.ts";

/** A shard handed to whoever takes it. */
export interface ShardJob {
  run: string;
  plan: ShardPlan;
  /** Who asked: two services may share one Redis. */
  control: string;
  /** When it was asked for, in control's clock; a signed job has it. */
  asked?: { atNs: number; clock: ClockReading };
}

/** What control wants of the shards of one run; instants in control's clock. */
export interface OrdersDocument {
  run: string;
  /** Grows each second: one that stands still has lost its control. */
  beat: number;
  clock: ClockReading;
  /** Every order so far, in sequence; `shard` null: all. */
  told: { sequence: number; shard: number | null; message: ToShard }[];
  /** Of each shard's events, the last that control has. */
  eventsSeen: Record<number, number>;
  /** Nothing more is wanted: end what is left. */
  isOver: boolean;
}

/** What one shard has done so far; instants in its agent's clock. */
export interface ShardDocument {
  shard: number;
  agent: string;
  clock: ClockReading;
  ready: { pid: number; vitals: ShardVitals } | null;
  isRamped: boolean;
  /** Cumulative, every histogram in it. */
  tally: { sequence: number; atNs: number; tally: WireTally; vitals: ShardVitals } | null;
  /** Events control has not said it has, numbered. */
  events: { sequence: number; event: ConnectionEvent }[];
  isDone: boolean;
  /** Why it failed or ended by itself; null while it goes on. `isUsage`: for a value of the scenario. */
  ended: { text: string; isFailure: boolean; isUsage?: boolean } | null;
  /** How far the target's clock may be from what was assumed; null: not estimated. */
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
 * Most events kept for a control that does not answer; beyond it they are left out, and the tally's own count says how
 * many.
 */
const mostEventsKept = 20_000;

/** The document after a message of its shard. Tallies leave unchanged histograms out; the document keeps them. */
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

/** The document without the events control has. */
export function withoutSeen(document: ShardDocument, seen: number): ShardDocument {
  return document.events.length === 0 || (document.events[0]?.sequence ?? 0) > seen
    ? document
    : { ...document, events: document.events.filter(({ sequence }) => sequence > seen) };
}
