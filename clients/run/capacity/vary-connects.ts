/**
 * Connections opened per second. Each lives for at least a second, is closed, and reopened in its turn, so that a trial
 * opens connections for its whole length while keeping only about one second's worth open:
 *
 *   connections   1 --open--|close,open------|close,open------|
 *                 2   --open--|close,open------|close,open------|     each due at its instant, regardless of others
 *
 * The first opening of each is the ramp, at the same rate. Connects started late by the generator make a trial invalid;
 * connections not open when their turn came were not opened in time by the target.
 */
import type { CapacityScenario } from "../../scenario/capacity-schema.ts";
import { connectionsPlan } from "../kinds/connections-kind.ts";
import { invalidRun } from "./invalid-run.ts";
import { goalsOf, scenarioOfTrial, targetOf } from "./trial-scenario.ts";
import type { Varying } from "./varying.ts";

/** Shortest life of a connection, milliseconds: what is due in a second must open within one. */
const leastLifeMs = 1000;
/** Share of our connects that may be started late. */
const lateShare = 0.05;
const firstRate = 100;

/** Longer than twice a goal's limit for opening: connections within the goal are open when their turn comes. */
const lifeMs = (scenario: CapacityScenario): number =>
  Math.max(leastLifeMs, ...goalsOf(scenario).map(({ latencies }) => 2 * (latencies?.connect ?? 0)));

const grouped = (value: number): string => value.toLocaleString("en-US");

export const connectRate: Varying = {
  plan: (scenario, load, { settleMs, sustainMs }) => {
    const slots = Math.max(1, Math.ceil((load * lifeMs(scenario)) / 1000));
    const own = {
      ...scenarioOfTrial(scenario, settleMs + sustainMs),
      connections: slots,
      rampPerSecond: load,
      // Only opening is measured, so a built-in target is asked for just one push per hour.
      push: { ...scenario.push, interval: "1h" },
      churn: { perMinute: (load * 6000) / slots },
    };
    const plan = connectionsPlan(own, targetOf(own));
    return { ...plan, shard: (shard) => ({ ...shard, dialsAtRate: true }) };
  },
  // By then all have been opened twice: with TLS, using the tickets they were given.
  settleMs: lifeMs,
  most: () => null,
  least: () => ({ load: 1, start: firstRate }),
  countsConnections: false,
  rampIsLoad: true,
  endsEarly: false,
  figures: (_scenario, report, watch) => {
    const { planned, refused, closedUnexpectedly, reconnects } = report.connections;
    const { dialledLate = 0, dialsHeldUp = 0 } = watch.counts;
    const attempted = planned + (reconnects?.attempted ?? 0);
    const text = `the generator started ${grouped(dialledLate)} of ${grouped(attempted)} connects more than 100 ms after they were due; use more shards or a quieter host`;
    const late = dialledLate > lateShare * attempted ? ({ code: "generator-dialling", text } as const) : null;
    return {
      planned: attempted,
      refused: refused + (reconnects?.refused ?? 0),
      closedUnexpectedly,
      pushes: null,
      p99Ms: null,
      bursts: [],
      owed: [{ criterion: "held-up", due: attempted + dialsHeldUp, failed: dialsHeldUp }],
      latencies: { connect: watch.p99Of("connect"), connectTls: watch.p99Of("connectTls") },
      notApplied: null,
      invalid: invalidRun(report) ?? late,
    };
  },
};
