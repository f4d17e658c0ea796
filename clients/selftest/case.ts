/** One case of the selftest: a scenario, a fault script, actions from outside, and what the report must say. */
import type { Report } from "../report/model/report.ts";
import type { Account } from "./account.ts";
import { type Check, connectionChecks, equations, eventChecks, pushChecks } from "./check.ts";

export interface SelftestEvent {
  what?: string;
  cause?: string;
  count?: number;
  stalled?: string;
}

/** The input of a case's checks. */
export interface Outcome {
  report: Report;
  account: Account;
  events: readonly SelftestEvent[];
}

/** The processes that a case may act on once the hold has begun. */
export interface Actors {
  targetPids: readonly number[];
  shardPids: readonly number[];
}

export interface SelftestCase {
  name: string;
  /** What it proves, in a few words. */
  proves: string;
  /** Part of the set that takes less than a minute. */
  isQuick: boolean;
  /** Measures times, so no other case runs at the same time. */
  isAlone?: boolean;
  /** Fields that override {@link baseScenario}; with its own `kind`, the whole scenario except its target. */
  scenario?: Record<string, unknown>;
  faults: readonly Record<string, unknown>[];
  /** Other fields of the fault script. */
  script?: Record<string, unknown>;
  /** Called when the hold begins. Returns its undo function, which is always called at the end. */
  act?: (actors: Actors) => () => void;
  checks: (outcome: Outcome) => Check[];
}

export const connectionCount = 100;
export const intervalMs = 1000;

export const baseScenario = {
  kind: "connections",
  target: "rehearsal",
  connections: connectionCount,
  rampPerSecond: 200,
  hold: "6s",
  push: { interval: `${intervalMs}ms`, bytes: 100 },
  timeouts: { connect: "5s", upgrade: "3s", close: "5s" },
};

/**
 * An instant between two ticks after all connections are open: nothing is in transit then, however slow the machine is.
 */
export const betweenTicks = (afterMs: number, connections = connectionCount): Record<string, number> => ({
  whenOpen: connections,
  afterMs,
  alignMs: intervalMs,
  phaseMs: 300,
});

/** From the second tick after all connections are open: pushes due just as a connection opens do not count. */
export const onTicks = (connections = connectionCount): Record<string, number> => ({
  whenOpen: connections,
  fromTick: 1,
});

/** Connections, pushes, equations and events, all exact. */
export const everything = ({ report, account, events }: Outcome): Check[] => [
  ...connectionChecks(report, account),
  ...pushChecks(report, account),
  ...equations(report),
  ...eventChecks(report, events),
];
