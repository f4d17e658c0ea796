import { type TickTimes, tickAfter } from "../faults/schedule.ts";
import type { Protocol } from "./framing.ts";
import type { PushQuery } from "./query.ts";

/** Connections that get the same message at the same instant: same query, protocol and slot. */
export class Stream<Connection = unknown> {
  readonly key: string;
  readonly query: PushQuery;
  readonly protocol: Protocol;
  readonly times: TickTimes;
  readonly connections = new Set<Connection>();
  nextTick: number;

  constructor(key: string, query: PushQuery, protocol: Protocol, times: TickTimes, nowNs: number) {
    this.key = key;
    this.query = query;
    this.protocol = protocol;
    this.times = times;
    this.nextTick = tickAfter(times, nowNs);
  }
}

/** Identifies a stream. */
export function streamKey(query: PushQuery, protocol: Protocol, slot: number): string {
  return [protocol, query.intervalMs, query.bytes, query.timing, query.group, query.written, slot].join(" ");
}
