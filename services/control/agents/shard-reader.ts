/**
 * Turns a shard's documents into the messages a run expects: what is new in each, once, in order, whatever was lost or
 * repeated.
 */

import type { FromShard } from "../../../clients/generator/plan.ts";
import type { Latency } from "../../../clients/measure/latency.ts";
import type { WireTally } from "../../../clients/measure/tally-wire.ts";
import { type ClockReading, convertNs } from "../../agent/clock-reading.ts";
import type { ShardDocument } from "../../agent/shard-documents.ts";
import { convertEvent } from "../../agent/told-instants.ts";

export class ShardReader {
  readonly shard: number;
  /** The last event control has. */
  eventsSeen = 0;
  clockError: { boundMs: number } | null = null;
  #agent: string | null = null;
  #isReady = false;
  #isRamped = false;
  #isOver = false;
  #sequence = -1;
  #histograms: Partial<Record<Latency, string>> = {};

  constructor(shard: number) {
    this.shard = shard;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Hears no more of it. */
  giveUp(): void {
    this.#isOver = true;
  }

  /** Messages the document adds; `ended` when the shard is gone without a last tally. `clock`: ours. */
  read(document: ShardDocument, clock: ClockReading): { messages: FromShard[]; ended: ShardDocument["ended"] } {
    this.#agent ??= document.agent;
    if (this.#isOver || document.agent !== this.#agent) return { messages: [], ended: null };
    const messages: FromShard[] = [];
    const { shard } = this;
    this.clockError = document.clockError;
    if (document.ready !== null && !this.#isReady) {
      this.#isReady = true;
      messages.push({ type: "ready", shard, ...document.ready });
    }
    this.#addEvents(document, clock, messages);
    this.#addTally(document, clock, messages);
    if (document.isRamped && !this.#isRamped) {
      this.#isRamped = true;
      messages.push({ type: "ramped", shard });
    }
    if (document.ended === null || document.isDone) return { messages, ended: null };
    this.#isOver = true;
    return { messages, ended: document.ended };
  }

  #addEvents(document: ShardDocument, clock: ClockReading, messages: FromShard[]): void {
    const events = document.events.filter(({ sequence }) => sequence > this.eventsSeen);
    if (events.length === 0) return;
    this.eventsSeen = events.at(-1)?.sequence ?? this.eventsSeen;
    messages.push({
      type: "events",
      shard: this.shard,
      events: events.map(({ event }) => convertEvent(event, document.clock, clock)),
    });
  }

  #addTally({ tally: last, isDone, clock: theirs }: ShardDocument, clock: ClockReading, messages: FromShard[]): void {
    if (last === null || last.sequence <= this.#sequence) return;
    this.#sequence = last.sequence;
    const { vitals } = last;
    const tally = this.#withoutKnown(last.tally);
    if (isDone) this.#isOver = true;
    messages.push(
      isDone
        ? { type: "done", shard: this.shard, tally, vitals }
        : {
            type: "tally",
            shard: this.shard,
            sequence: last.sequence,
            atNs: convertNs(last.atNs, theirs, clock),
            tally,
            vitals,
          },
    );
  }

  /** Leaves out histograms that are what they were: decoding is most of a merge's cost. */
  #withoutKnown(tally: WireTally): WireTally {
    const changed = Object.entries(tally.histograms).filter(
      ([name, text]) => this.#histograms[name as Latency] !== text,
    );
    this.#histograms = tally.histograms;
    return { ...tally, histograms: Object.fromEntries(changed) };
  }
}
