/**
 * From an API scenario to the report of one target: the plan is that of its connections, with the requests over them added; Redis is
 * started and filled where the target reads users from it.
 */
import { parseTarget } from "../../connection/resolve-endpoint.ts";
import { type ApiPlan, StepTimes, stepsMs } from "../../generator/requests/request-plan.ts";
import { apiBlocks, apiFigures, apiInterval, apiRemarks, apiUnapplied } from "../../report/model/api-report.ts";
import type { ApiScenario } from "../../scenario/api-schema.ts";
import { durationMs } from "../../scenario/duration.ts";
import { defaultApiLimits } from "../../scenario/limit.ts";
import { readScenario, ScenarioError } from "../../scenario/read-scenario.ts";
import type { ConnectionsScenario } from "../../scenario/schema.ts";
import { startRedis } from "../../target/redis-server.ts";
import type { RunAdditions } from "../coordinate/run-order.ts";
import { isUrl } from "../prepare/choose-target.ts";
import { seedUsers } from "../prepare/seed-users.ts";
import type { RunKind, Surroundings } from "../run-kind.ts";

const defaultUsers = 100;
const defaultUserCount = 10_000;
/** Connections of an open loop that names none: a tenth of a second's requests may wait for answers. */
export const connectionsAt = (rate: number): number => Math.min(1000, Math.max(10, Math.ceil(rate / 10)));

export const apiKind: RunKind<ApiScenario> = {
  name: "api",
  plan: (scenario, target) => {
    const api = planApi(scenario, isUrl(target) ? urlOf(target) : null);
    const connections = connectionsOf(scenario, api, target);
    return {
      connections: { ...connections, profile: scenario.profile },
      protocol: "http",
      holdMs: stepsMs(api),
      // No instant of the target's clock is read: requests begin and end with ours.
      readsTargetClock: false,
      shard: (plan) => ({ ...plan, engine: { ...plan.engine, protocol: "http" }, api }),
      additions: additionsOf({ ...scenario, target }, api),
      surround: (builtIn, folder, say) => redisFor(api, builtIn, connections.redis, folder, say),
    };
  },
};

/** The URL of a target. Throws a ConnectionError `bad-target-url`. */
export function urlOf(target: string): URL {
  parseTarget(target, "http");
  return new URL(target);
}

/** The requests of a scenario. `url`: of a target that is not built in. Throws ScenarioError. */
export function planApi(scenario: ApiScenario, url: URL | null): ApiPlan {
  const { sweep, rate, users } = scenario;
  if (sweep !== undefined && rate !== undefined)
    throw new ScenarioError([{ field: "sweep", text: "expected either sweep (users who ask again) or rate (requests due), got both" }]);
  const ownPath = url === null || (url.pathname === "/" && scenario.userCount !== undefined) ? null : [`${url.pathname}${url.search}`];
  const paths = scenario.paths ?? ownPath;
  return {
    users: sweep ?? [users ?? (rate === undefined ? defaultUsers : connectionsAt(rate))],
    warmUpMs: durationMs(scenario.warmUp),
    holdMs: durationMs(scenario.hold),
    ratePerSecond: rate ?? null,
    pipelining: scenario.pipelining,
    requestTimeoutMs: durationMs(scenario.timeouts?.request ?? "10s"),
    requests: {
      method: scenario.method,
      headers: scenario.headers ?? {},
      body: scenario.body ?? null,
      paths,
      userCount: scenario.userCount ?? defaultUserCount,
      missShare: scenario.missShare,
      seed: scenario.seed,
    },
    expect: { status: scenario.expectStatus ?? null, body: scenario.method === "HEAD" ? "none" : (scenario.expectBody ?? (paths === null ? "user" : "none")) },
    checkShare: scenario.checkShare,
  };
}

/** The long-connection scenario that has the connections of an API run: its plan, its target and its pre-flight are those of this one. */
export function connectionsOf(scenario: ApiScenario, api: ApiPlan, target: string): ConnectionsScenario {
  const { rampPerSecond, engine, shards, sources, proxy, tls, replicas, targetCpus, targetMemoryMiB, pid, redis, faults, limits, headers } = scenario;
  const where = { engine, shards, sources, interface: scenario.interface, proxy, tls };
  const given = { ...where, replicas, targetCpus, targetMemoryMiB, pid, redis, faults, limits, headers };
  const connect = scenario.timeouts?.connect ?? "10s";
  return readScenario({
    kind: "connections",
    target,
    protocol: "sse",
    connections: Math.max(...api.users),
    rampPerSecond,
    hold: `${stepsMs(api)}ms`,
    timeouts: { connect, upgrade: connect },
    maxMessageBytes: 16_777_216,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  }) as ConnectionsScenario;
}

/** Whether users must be in a Redis for a run. `builtIn`: the target's name, null for a URL. */
export function needsRedis({ requests }: ApiPlan, builtIn: string | null, given: string | undefined): boolean {
  const asksForUsers = requests.paths?.some((path) => path.startsWith("/user/")) ?? true;
  return asksForUsers && (given !== undefined || (builtIn !== null && builtIn !== "rehearsal"));
}

/** The Redis a target reads its users from, filled: ours unless one was given; nothing where no user is asked for. */
async function redisFor(api: ApiPlan, builtIn: string | null, given: string | undefined, folder: string, say: (line: string) => void): Promise<Surroundings> {
  if (!needsRedis(api, builtIn, given)) return { given: {}, close: async () => {} };
  const redis = given === undefined ? await startRedis(folder) : null;
  const close = async (): Promise<void> => {
    await redis?.stop();
  };
  const url = given ?? redis?.url;
  if (url === undefined) return { given: {}, close };
  try {
    const { userCount, seed } = api.requests;
    say(`filling Redis with ${userCount} users`);
    await seedUsers(url, userCount, seed);
    return { given: { redis: url }, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function additionsOf(scenario: ApiScenario, api: ApiPlan): RunAdditions {
  const { ratePerSecond, checkShare } = api;
  return {
    scenario,
    defaultLimits: defaultApiLimits,
    drainMs: api.requestTimeoutMs,
    interval: ({ requests }) => (requests === null ? {} : { requests: apiInterval(requests) }),
    report: ({ requests }, held, usageWithin, state) => {
      if (requests === null) return {};
      const times = held === null ? null : new StepTimes(held.fromNs, api);
      const steps = api.users.map((users, index) => {
        const hold = times?.holdOf(index + 1);
        const toNs = Math.min(hold?.toNs ?? 0, held?.toNs ?? 0);
        const isBegun = hold !== undefined && toNs > hold.fromNs;
        return { users, heldMs: isBegun ? (toNs - hold.fromNs) / 1e6 : 0, usage: isBegun ? usageWithin({ fromNs: hold.fromNs, toNs }) : null };
      });
      const blocks = apiBlocks({ requests, ratePerSecond, checkShare, steps });
      return { blocks, figures: apiFigures(blocks, state), remarks: apiRemarks(blocks), unapplied: apiUnapplied(blocks, api.users) };
    },
  };
}
