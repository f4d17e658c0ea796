import { Leak } from "../faults/leak.ts";
import {
  type ActiveRule,
  type Effects,
  effectsOn,
  noEffects,
  type PushRule,
  pushKinds,
} from "../faults/push-effects.ts";
import type { Rule } from "../faults/rules.ts";
import { dueNs, slotOf, tickAfter } from "../faults/schedule.ts";
import type { Stage } from "../stage.ts";
import { type PushTotals, Totals } from "../totals.ts";
import type { PushConnection } from "./connection.ts";
import { PushWriter } from "./push-writer.ts";
import { Stream, streamKey } from "./stream.ts";
import { TickFrames } from "./tick-frames.ts";
import { TickRecord } from "./tick-record.ts";

interface Delayed {
  readonly connection: PushConnection;
  readonly effects: Effects;
}

const nothing: PushTotals = new Totals().pushes;

/** Pushes each stream's ticks when they are due, independent of earlier ones. */
export class Fanout {
  readonly #stage: Stage;
  readonly #writer: PushWriter;
  readonly #leak: Leak;
  readonly #streams = new Map<string, Stream<PushConnection>>();
  readonly #orders = new Map<string, number>();
  readonly #unsettled = new Set<TickRecord>();
  readonly #rules: readonly PushRule[];
  readonly #limits: readonly Rule<"limit.delay">[];

  constructor(stage: Stage, overflow: (connection: PushConnection) => void) {
    this.#stage = stage;
    this.#leak = new Leak(stage);
    this.#writer = new PushWriter(stage, overflow);
    this.#rules = stage.rules.of(...pushKinds) as unknown as PushRule[];
    this.#limits = stage.rules.of("limit.delay");
  }

  /** Registers a connection: it gets every tick due after `nowNs`. */
  join(connection: PushConnection, nowNs: number): void {
    const { query, protocol } = connection;
    const group = streamKey(query, protocol, -1);
    const order = this.#orders.get(group) ?? 0;
    this.#orders.set(group, order + 1);
    const slot = query.timing === "spread" ? slotOf(order, query.intervalMs) : 0;
    const key = streamKey(query, protocol, slot);
    let stream = this.#streams.get(key);
    if (!stream) {
      const times = { intervalMs: query.intervalMs, slot, offsetNs: this.#stage.foreignNs };
      stream = new Stream<PushConnection>(key, query, protocol, times, nowNs);
      this.#streams.set(key, stream);
      this.#await(stream);
    }
    connection.stream = stream;
    connection.firstTick = tickAfter(stream.times, nowNs);
    stream.connections.add(connection);
    this.#leak.connected();
  }

  /** Removes a connection that ended; a push it still held is abandoned. */
  leave(connection: PushConnection): void {
    connection.stream?.connections.delete(connection);
    this.#writer.abandonHeld(connection);
  }

  /** Records ticks with delayed or held pushes in the account as they are now. */
  settleAll(): void {
    for (const record of this.#unsettled) this.#settle(record);
  }

  #await(stream: Stream<PushConnection>): void {
    this.#stage.agenda.at(dueNs(stream.times, stream.nextTick), () => {
      if (stream.connections.size === 0) this.#streams.delete(stream.key);
      else {
        this.#push(stream, stream.nextTick++);
        this.#await(stream);
      }
    });
  }

  #push(stream: Stream<PushConnection>, tick: number): void {
    const record = new TickRecord(stream, tick, nothing, (settled) => this.#settle(settled));
    this.#unsettled.add(record);
    const frames = new TickFrames(this.#stage, record);
    const active = this.#active(stream, tick, record.dueNs);
    const slowMs = this.#slowMs(record.dueNs);
    const delayed = new Map<number, Delayed[]>();
    for (const connection of stream.connections) {
      if (connection.firstTick > tick) continue;
      record.counts.due++;
      connection.lastTick = tick;
      if (connection.state === "silent") {
        record.counts.silent++;
        continue;
      }
      const effects = active.length > 0 ? effectsOn(connection, active) : noEffects;
      const delayMs = effects.delayMs + slowMs;
      if (effects.dropFault >= 0) this.#drop(connection, record, effects.dropFault);
      else if (delayMs === 0) this.#writer.send(connection, record, frames, effects);
      else {
        const batch = delayed.get(delayMs);
        if (batch) batch.push({ connection, effects });
        else delayed.set(delayMs, [{ connection, effects }]);
      }
    }
    for (const [delayMs, batch] of delayed) this.#delay(record, frames, delayMs, batch);
    this.#leak.pushed(record.counts.due);
    record.check();
  }

  #active(stream: Stream<PushConnection>, tick: number, atNs: number): ActiveRule[] {
    const active: ActiveRule[] = [];
    for (const rule of this.#rules) {
      const ordinal = rule.ordinalOf(tick, stream.query.intervalMs, atNs);
      if (ordinal >= 0) active.push({ rule, ordinal });
    }
    return active;
  }

  /** Delay added to every push by `limit.delay` while more connections are open than the limit. */
  #slowMs(atNs: number): number {
    let slowMs = 0;
    for (const rule of this.#limits) {
      if (rule.waveAt(atNs) >= 0)
        slowMs += Math.max(0, this.#stage.totals.open - rule.fault.above) * rule.fault.msPerConnection;
    }
    return slowMs;
  }

  #drop(connection: PushConnection, record: TickRecord, fault: number): void {
    record.counts.dropped++;
    this.#stage.account.note("dropped", { conn: connection.index, tick: record.tick, fault });
  }

  #delay(record: TickRecord, frames: TickFrames, delayMs: number, batch: readonly Delayed[]): void {
    record.counts.delayed += batch.length;
    record.delayMsMost = Math.max(record.delayMsMost, delayMs);
    record.delayMsSum += delayMs * batch.length;
    this.#stage.agenda.at(record.dueNs + delayMs * 1e6, () => {
      for (const { connection, effects } of batch) {
        if (connection.state === "open") this.#writer.send(connection, record, frames, effects);
        else record.counts.abandoned++;
      }
      record.check();
    });
  }

  #settle(record: TickRecord): void {
    if (!this.#unsettled.delete(record) || record.counts.due === 0) return;
    const { pushes } = this.#stage.totals;
    for (const name of Object.keys(pushes) as (keyof PushTotals)[]) pushes[name] += record.counts[name];
    this.#stage.account.note("tick", record.fields());
  }
}
