/** Streams runs: the load is that of an API run whose responses are read event by event. */
import type { ApiPlan } from "../../generator/requests/request-plan.ts";
import type { StreamPlan } from "../../generator/requests/stream-plan.ts";
import { apiInterval } from "../../report/model/api-report.ts";
import { distributionOf } from "../../report/model/quantiles.ts";
import {
  streamCounts,
  streamFigures,
  streamRemarks,
  streamsInterval,
  streamsUnapplied,
} from "../../report/model/streams-report.ts";
import { durationMs } from "../../scenario/duration.ts";
import { parseEventMatch, parseStreamEnd } from "../../scenario/event-match.ts";
import { defaultApiLimits } from "../../scenario/limit.ts";
import type { StreamsScenario } from "../../scenario/streams-schema.ts";
import { parseTemplate, skeletonOf } from "../../scenario/template.ts";
import { parseTokenPlace } from "../../scenario/token-place.ts";
import type { RunAdditions } from "../coordinate/run-order.ts";
import type { RunKind } from "../run-kind.ts";
import { pathOf, requestRun, usersOf } from "./request-run.ts";

/** Where a built-in target serves streams, and their end mark. */
const builtInPath = "/stream";
const builtInEnd = "[DONE]";
/** Stream duration assumed when choosing the number of connections for a rate, milliseconds. */
const expectedStreamMs = 10_000;

export const streamsKind: RunKind<StreamsScenario> = {
  name: "streams",
  plan: (scenario, target) => {
    const plan = planStreams(scenario, pathOf(target));
    return { ...requestRun(scenario, plan, target), additions: additionsOf({ ...scenario, target }, plan) };
  },
};

/** The requests of a scenario, and how their responses are read. `ownPath`: as returned by {@link pathOf}. */
export function planStreams(scenario: StreamsScenario, ownPath: string | null): ApiPlan & { streams: StreamPlan } {
  const { rate, timeouts, warmUp } = scenario;
  const ends = scenario.ends ?? (ownPath === null ? builtInEnd : "body");
  return {
    users: [usersOf(scenario, expectedStreamMs)],
    warmUpMs: durationMs(warmUp),
    holdMs: durationMs(scenario.hold),
    ratePerSecond: rate ?? null,
    pipelining: 1,
    requestTimeoutMs: durationMs(timeouts?.drain ?? "30s"),
    requests: {
      method: scenario.method,
      headers: {
        accept: "text/event-stream, application/x-ndjson;q=0.9, */*;q=0.1",
        ...jsonHeader(scenario),
        ...scenario.headers,
      },
      body: scenario.body ?? null,
      paths: scenario.paths ?? [ownPath ?? builtInPath],
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
      ...(scenario.tokens === undefined ? {} : { tokens: parseTokenPlace(scenario.tokens) }),
      firstEventTimeoutMs: durationMs(timeouts?.firstEvent ?? "30s"),
      gapTimeoutMs: durationMs(timeouts?.gap ?? "30s"),
      thinkMs: durationMs(scenario.think),
    },
  };
}

/** The content type of a JSON body. */
function jsonHeader({ body }: StreamsScenario): Record<string, string> {
  try {
    const isJson = body !== undefined && typeof JSON.parse(skeletonOf(parseTemplate(body))) === "object";
    return isJson ? { "content-type": "application/json" } : {};
  } catch {
    return {};
  }
}

function additionsOf(scenario: StreamsScenario, plan: ApiPlan & { streams: StreamPlan }): RunAdditions {
  const users = plan.users[0]!;
  return {
    scenario,
    defaultLimits: defaultApiLimits,
    drainMs: plan.requestTimeoutMs,
    interval: (total) =>
      total.requests === null ? {} : { requests: apiInterval(total.requests), streams: streamsInterval(total) },
    report: (total, held, _usage, state) => {
      const heldMs = held === null ? 0 : Math.max(0, Math.min(plan.holdMs, (held.toNs - held.fromNs) / 1e6));
      const streams = streamCounts(total, users, heldMs, plan.streams.tokens !== undefined);
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
