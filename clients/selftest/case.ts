/**
 * One case of the selftest: a scenario, a fault script, what is done from outside, and what the report must then say.
 */
import type { Report } from "../report/model/report.ts";
import type { Account } from "./account.ts";
import { type Check, connectionChecks, equations, eventChecks, pushChecks } from "./check.ts";

export interface SelftestEvent {
  what?: string;
  cause?: string;
  count?: number;
  stalled?: string;
}

/** What a case is judged by. */
export interface Outcome {
  report: Report;
  account: Account;
  events: readonly SelftestEvent[];
}

/** The processes a case may act on, once the hold has begun. */
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
  /** Measures times: nothing else of ours runs beside it. */
  isAlone?: boolean;
  /** Fields over those of {@link baseScenario}; with a `kind` of its own, the scenario without its target. */
  scenario?: Record<string, unknown>;
  faults: readonly Record<string, unknown>[];
  /** Other fields of the fault script. */
  script?: Record<string, unknown>;
  /** Called when the hold begins. Returns what undoes it; called at the end in any case. */
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
 * An instant after all are open that lies between two ticks: nothing is on its way then, however slow the machine is.
 */
export const betweenTicks = (afterMs: number, connections = connectionCount): Record<string, number> => ({
  whenOpen: connections,
  afterMs,
  alignMs: intervalMs,
  phaseMs: 300,
});

/** From the second tick after all are open: a push that is due while a connection is only just open does not count. */
export const onTicks = (connections = connectionCount): Record<string, number> => ({
  whenOpen: connections,
  fromTick: 1,
});

/** Connections, pushes, equations and events: all of it exact. */
export const everything = ({ report, account, events }: Outcome): Check[] => [
  ...connectionChecks(report, account),
  ...pushChecks(report, account),
  ...equations(report),
  ...eventChecks(report, events),
];
