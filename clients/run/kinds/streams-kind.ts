/** From a streams scenario to the report of one target: the load is that of an API run, whose answers are read event by event. */
import type { ApiPlan } from "../../generator/requests/request-plan.ts";
import { stepsMs } from "../../generator/requests/request-plan.ts";
import type { StreamPlan } from "../../generator/requests/stream-plan.ts";
import { apiInterval } from "../../report/model/api-report.ts";
import { distributionOf } from "../../report/model/quantiles.ts";
import { streamCounts, streamFigures, streamRemarks, streamsUnapplied } from "../../report/model/streams-report.ts";
import { durationMs } from "../../scenario/duration.ts";
import { parseEventMatch, parseStreamEnd } from "../../scenario/event-match.ts";
import { defaultApiLimits } from "../../scenario/limit.ts";
import { readScenario } from "../../scenario/read-scenario.ts";
import type { ConnectionsScenario } from "../../scenario/schema.ts";
import type { StreamsScenario } from "../../scenario/streams-schema.ts";
import type { RunAdditions } from "../coordinate/run-order.ts";
import { isUrl } from "../prepare/choose-target.ts";
import type { RunKind } from "../run-kind.ts";
import { connectionsAt, urlOf } from "./api-kind.ts";

const defaultUsers = 100;
/** Where a built-in target serves streams, and what they end with. */
const builtInPath = "/stream";
const builtInEnd = "[DONE]";
/** Streams last: a connection of an open loop is taken for so long. */
const expectedStreamSeconds = 10;

export const streamsKind: RunKind<StreamsScenario> = {
  name: "streams",
  plan: (scenario, target) => {
    const plan = planStreams(scenario, isUrl(target) ? urlOf(target) : null);
    return {
      connections: { ...streamConnections(scenario, plan, target), profile: scenario.profile },
      protocol: "http",
      holdMs: stepsMs(plan),
      // No instant of the target's clock is read: every time begins and ends with ours.
      readsTargetClock: false,
      shard: (shard) => ({ ...shard, engine: { ...shard.engine, protocol: "http" }, api: plan }),
      additions: additionsOf({ ...scenario, target }, plan),
    };
  },
};

/** The requests of a scenario, and how their answers are read. `url`: of a target that is not built in. */
export function planStreams(scenario: StreamsScenario, url: URL | null): ApiPlan & { streams: StreamPlan } {
  const { users, rate, timeouts, warmUp } = scenario;
  const ends = scenario.ends ?? (url === null ? builtInEnd : "body");
  return {
    users: [users ?? (rate === undefined ? defaultUsers : connectionsAt(rate * expectedStreamSeconds * 10))],
    warmUpMs: durationMs(warmUp),
    holdMs: durationMs(scenario.hold),
    ratePerSecond: rate ?? null,
    pipelining: 1,
    requestTimeoutMs: durationMs(timeouts?.drain ?? "30s"),
    requests: {
      method: scenario.method,
      headers: { accept: "text/event-stream, application/x-ndjson;q=0.9, */*;q=0.1", ...jsonHeader(scenario), ...scenario.headers },
      body: scenario.body ?? null,
      paths: scenario.paths ?? [url === null ? builtInPath : `${url.pathname}${url.search}`],
      userCount: 1,
      missShare: 0,
      seed: scenario.seed,
    },
    expect: { status: scenario.expectStatus ?? null, body: "none" },
    checkShare: 0,
    measuresRamp: durationMs(warmUp) === 0,
    streams: {
      format: scenario.format,
      ends: parseStreamEnd(ends),
      fails: scenario.fails === "none" ? null : parseEventMatch(scenario.fails),
      firstEventTimeoutMs: durationMs(timeouts?.firstEvent ?? "30s"),
      gapTimeoutMs: durationMs(timeouts?.gap ?? "30s"),
      thinkMs: durationMs(scenario.think),
    },
  };
}

/** A body that is JSON says so. */
function jsonHeader({ body }: StreamsScenario): Record<string, string> {
  try {
    return body === undefined || typeof JSON.parse(body) !== "object" ? {} : { "content-type": "application/json" };
  } catch {
    return {};
  }
}

/** The long-connection scenario that carries a streams run: its target and its pre-flight are those of this one. */
export function streamConnections(scenario: StreamsScenario, plan: ApiPlan, target: string): ConnectionsScenario {
  const { rampPerSecond, engine, shards, sources, tls, replicas, targetCpus, targetMemoryMiB, pid, redis, faults, limits, headers, maxMessageBytes } = scenario;
  const given = { engine, shards, sources, tls, replicas, targetCpus, targetMemoryMiB, pid, redis, faults, limits, headers };
  const connect = scenario.timeouts?.connect ?? "10s";
  return readScenario({
    kind: "connections",
    target,
    protocol: "sse",
    connections: Math.max(...plan.users),
    rampPerSecond,
    hold: `${stepsMs(plan)}ms`,
    timeouts: { connect, upgrade: connect },
    maxMessageBytes,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  }) as ConnectionsScenario;
}

function additionsOf(scenario: StreamsScenario, plan: ApiPlan): RunAdditions {
  const users = plan.users[0]!;
  return {
    scenario,
    defaultLimits: defaultApiLimits,
    drainMs: plan.requestTimeoutMs,
    interval: ({ requests }) => (requests === null ? {} : { requests: apiInterval(requests) }),
    report: (total, held, _usage, state) => {
      const heldMs = held === null ? 0 : Math.max(0, Math.min(plan.holdMs, (held.toNs - held.fromNs) / 1e6));
      const streams = streamCounts(total, users, heldMs);
      if (streams === null) return {};
      const firstEvent = distributionOf(total.histograms.firstEvent);
      const blocks = { streams, ...(firstEvent.length > 0 ? { distribution: { firstEvent } } : {}) };
      return {
        blocks,
        figures: streamFigures(streams, state),
        remarks: streamRemarks(blocks),
        unapplied: streamsUnapplied(streams, plan.ratePerSecond === null),
      };
    },
  };
}
