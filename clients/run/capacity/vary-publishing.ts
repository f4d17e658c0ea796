/**
 * Messages published per second by a fixed number of connections. Each publishes as often as the rate requires;
 * publishers with different intervals keep their proportions.
 */

import type { CapacityScenario } from "../../scenario/capacity-schema.ts";
import { durationMs } from "../../scenario/duration.ts";
import type { ConnectionsScenario } from "../../scenario/schema.ts";
import { connectionsPlan } from "../kinds/connections-kind.ts";
import { mqttPublishers } from "../prepare/plan-mqtt.ts";
import { invalidRun } from "./invalid-run.ts";
import { scenarioOfTrial, targetOf } from "./trial-scenario.ts";
import type { OwnFigures, Varying } from "./varying.ts";

/** The shortest interval of one publisher, milliseconds. */
const shortestMs = 1;
const firstRate = 100;

/** The publishers: how many connections, and each one's interval. */
function publishers({ publish, connections, mqtt }: CapacityScenario): { connections: number; every: string }[] {
  return [
    ...(publish === undefined ? [] : [{ connections, every: publish.every }]),
    ...(mqtt?.publish === undefined
      ? []
      : [{ connections: mqttPublishers({ mqtt, connections }), every: mqtt.publish.every }]),
  ];
}

/** The scenario with every interval scaled so that all publishers together reach the rate. */
function atRate(scenario: CapacityScenario, perSecond: number): Pick<ConnectionsScenario, "publish" | "mqtt"> {
  const said = publishers(scenario).reduce((sum, one) => sum + (one.connections * 1000) / durationMs(one.every), 0);
  const often = <T extends { every: string }>(block: T): T => ({
    ...block,
    every: `${((durationMs(block.every) * said) / perSecond).toFixed(6)}ms`,
  });
  const { publish, mqtt } = scenario;
  return {
    ...(publish === undefined ? {} : { publish: often(publish) }),
    ...(mqtt?.publish === undefined ? {} : { mqtt: { ...mqtt, publish: often(mqtt.publish) } }),
  };
}

export const publishRate: Varying = {
  plan: (scenario, load, { sustainMs }) => {
    const own = { ...scenarioOfTrial(scenario, sustainMs), ...atRate(scenario, load) };
    return connectionsPlan(own, targetOf(own));
  },
  // The first message is due once all connections are open.
  settleMs: () => 0,
  most: (scenario) => {
    const connections = publishers(scenario).reduce((sum, one) => sum + one.connections, 0);
    const text = `a message every ${shortestMs} ms from each of ${connections.toLocaleString("en-US")} publishers`;
    return { load: Math.floor((connections * 1000) / shortestMs), text };
  },
  least: () => ({ load: 1, start: firstRate }),
  countsConnections: false,
  rampIsLoad: false,
  endsEarly: true,
  figures: (_scenario, report, watch): OwnFigures => {
    const { planned, refused, closedUnexpectedly } = report.connections;
    const published = report.conversation?.published ?? [];
    const sum = (name: "due" | "lost" | "late"): number => published.reduce((all, one) => all + one[name], 0);
    const p99s = published.flatMap(({ latencyMs }) => (latencyMs === null ? [] : [latencyMs.p99]));
    // What publishers of the `mqtt` block send is received as pushes.
    const { counts: pushes, p99Ms } = watch.pushes();
    const due = sum("due") + (pushes?.due ?? 0);
    const failed = sum("lost") + sum("late") + (pushes === null ? 0 : pushes.lost + pushes.late);
    const nothingDue =
      report.stoppedEarly === undefined && due === 0
        ? ({ code: "not-measured", text: "no message was due at a receiver" } as const)
        : null;
    return {
      planned,
      refused,
      closedUnexpectedly,
      pushes: null,
      p99Ms: null,
      bursts: [],
      owed: [{ criterion: "lost-messages", due, failed }],
      latencies: { published: published.length === 0 ? p99Ms : p99s.length === 0 ? null : Math.max(...p99s) },
      notApplied: null,
      invalid: invalidRun(report) ?? nothingDue,
    };
  },
};
