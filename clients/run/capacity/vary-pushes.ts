/** Connections that receive pushes: either their number varies, or the pushes per second on a fixed number. */
import { burstsOf } from "../../plan/search/trial-judgement.ts";
import type { CapacityScenario } from "../../scenario/capacity-schema.ts";
import { connectionsPlan } from "../kinds/connections-kind.ts";
import { invalidRun } from "./invalid-run.ts";
import { intervalAt, scenarioAt, shortestIntervalMs, targetOf } from "./trial-scenario.ts";
import type { Varying } from "./varying.ts";

/** Settling time: two push intervals, but at most this, milliseconds. */
const settleAtMostMs = 10_000;
/** Fewest ticks the shortest trial must contain. */
export const leastTicks = 2;

const hearing = {
  plan: (scenario, load, { settleMs, sustainMs }) => {
    const own = scenarioAt(scenario, load, settleMs + sustainMs);
    return connectionsPlan(own, targetOf(own));
  },
  settleMs: (scenario, load) => Math.min(settleAtMostMs, 2 * intervalAt(scenario, load)),
  rampIsLoad: false,
  endsEarly: true,
  figures: (scenario, report, watch, load) => {
    const { planned, refused, closedUnexpectedly } = report.connections;
    const { counts: pushes, p99Ms } = watch.pushes();
    const nothingDue =
      report.stoppedEarly === undefined && pushes !== null && pushes.due === 0
        ? ({ code: "not-measured", text: "no push was due in the sustain phase" } as const)
        : null;
    return {
      planned,
      refused,
      closedUnexpectedly,
      pushes,
      p99Ms,
      bursts: burstsOf(watch.windows, intervalAt(scenario, load)),
      owed: [],
      latencies: {},
      notApplied: null,
      invalid: invalidRun(report) ?? nothingDue,
    };
  },
} as const satisfies Partial<Varying>;

export const connections: Varying = {
  ...hearing,
  most: () => null,
  least: () => ({ load: 1, start: null }),
  countsConnections: true,
};

export const pushRate: Varying = {
  ...hearing,
  most: (scenario) => ({
    load: Math.floor((scenario.connections * 1000) / shortestIntervalMs),
    text: `a push every ${shortestIntervalMs} ms, the shortest interval of a target`,
  }),
  least: (scenario, shortestMs) => {
    const load = slowestRate(scenario, shortestMs);
    return { load, start: load };
  },
  countsConnections: false,
};

/** Lowest push rate at which the shortest trial still contains enough ticks. */
const slowestRate = ({ connections: held }: CapacityScenario, shortestMs: number): number =>
  Math.ceil((held * 1000 * leastTicks) / shortestMs);
