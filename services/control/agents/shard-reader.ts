/**
 * Converts a shard's documents to the messages that a run expects: whatever is new in each, exactly once and in order,
 * regardless of lost or repeated documents.
 */

import type { FromShard } from "../../../clients/generator/plan.ts";
import type { Latency } from "../../../clients/measure/latency.ts";
import type { WireTally } from "../../../clients/measure/tally-wire.ts";
import { type ClockReading, convertNs } from "../../agent/clock-reading.ts";
import type { ShardDocument } from "../../agent/shard-documents.ts";
import { convertEvent } from "../../agent/told-instants.ts";

export class ShardReader {
  readonly shard: number;
  /** The last event received. */
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

  /** Ignores the shard from now on. */
  giveUp(): void {
    this.#isOver = true;
  }

  /** Messages added by the document; `ended` when the shard ended without a final tally. `clock`: ours. */
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

  /** Omits unchanged histograms: decoding is most of a merge's cost. */
  #withoutKnown(tally: WireTally): WireTally {
    const changed = Object.entries(tally.histograms).filter(
      ([name, text]) => this.#histograms[name as Latency] !== text,
    );
    this.#histograms = tally.histograms;
    return { ...tally, histograms: Object.fromEntries(changed) };
  }
}
