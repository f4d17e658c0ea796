import type { FactFields } from "../account.ts";
import { dueNs } from "../faults/schedule.ts";
import type { PushTotals } from "../totals.ts";
import type { Stream } from "./stream.ts";

/**
 * Outcome of one tick of one stream. `connections = written + dropped + silent + abandoned` once nothing is pending.
 */
export class TickRecord {
  readonly stream: Stream;
  readonly tick: number;
  readonly dueNs: number;
  readonly counts: PushTotals;
  delayMsMost = 0;
  delayMsSum = 0;
  firstWrittenNs = 0;
  lastWrittenNs = 0;
  #settled: (record: TickRecord) => void;

  constructor(stream: Stream, tick: number, empty: PushTotals, settled: (record: TickRecord) => void) {
    this.stream = stream;
    this.tick = tick;
    this.dueNs = dueNs(stream.times, tick);
    this.counts = { ...empty, ticks: 1 };
    this.#settled = settled;
  }

  /** Due pushes without an outcome yet: delayed or held. */
  get pending(): number {
    const { due, written, dropped, silent, abandoned } = this.counts;
    return due - written - dropped - silent - abandoned;
  }

  /** Call after the fan-out and after every later change. */
  check(): void {
    if (this.pending === 0) this.#settled(this);
  }

  /** Records that a push was written for the first time. */
  wrote(atNs: number): void {
    this.counts.written++;
    this.firstWrittenNs ||= atNs;
    this.lastWrittenNs = atNs;
  }

  /** The record as a line of the account; zero counts are omitted, except the first four. */
  fields(): FactFields {
    const { query, protocol, times } = this.stream;
    const { ticks: _, due, written, dropped, duplicated, reordered, corrupted, delayed, ...rest } = this.counts;
    return {
      group: query.group,
      protocol,
      intervalMs: query.intervalMs,
      slot: times.slot,
      tick: this.tick,
      dueNs: String(this.dueNs),
      connections: due,
      written,
      dropped,
      duplicated,
      reordered,
      corrupted,
      delayed,
      delayMs: this.delayMsMost,
      ...(delayed > 0 ? { delayMsMean: this.delayMsSum / delayed } : {}),
      ...Object.fromEntries(Object.entries(rest).filter(([, count]) => count > 0)),
      ...(this.pending > 0 ? { pending: this.pending } : {}),
      firstWrittenNs: String(this.firstWrittenNs),
      lastWrittenNs: String(this.lastWrittenNs),
    };
  }
}
