/**
 * Connections opened per second. Each lives for a second and more, is closed, and opened again in its turn, so that a
 * trial opens as many as it lasts while no more are open than a second's:
 *
 *   connections   1 --open--|close,open------|close,open------|
 *                 2   --open--|close,open------|close,open------|     each due at its instant, whatever the others do
 *
 * The first opening of each is the ramp, at the same rate. What we began late makes a trial invalid; what was not open
 * when its turn came was not opened in time, and is the target's.
 */
import type { CapacityScenario } from "../../scenario/capacity-schema.ts";
import { connectionsPlan } from "../kinds/connections-kind.ts";
import { invalidRun } from "./invalid-run.ts";
import { goalsOf, scenarioOfTrial, targetOf } from "./trial-scenario.ts";
import type { Varying } from "./varying.ts";

/** The shortest life of a connection: what is due in a second is open within one. */
const leastLifeMs = 1000;
/** How many of our connects may be late. */
const lateShare = 0.05;
const firstRate = 100;

/** Longer than twice what a goal allows for opening: what holds the goal is open in its turn. */
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
      // What is measured is opening: a target of ours is asked for a push an hour.
      push: { ...scenario.push, interval: "1h" },
      churn: { perMinute: (load * 6000) / slots },
    };
    const plan = connectionsPlan(own, targetOf(own));
    return { ...plan, shard: (shard) => ({ ...shard, dialsAtRate: true }) };
  },
  // All have been opened a second time by then: behind TLS with the tickets they were given.
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
