/**
 * API runs: the plan is that of their connections plus the requests over them; Redis is started and filled where the
 * target reads users from it.
 */
import { type ApiPlan, StepTimes } from "../../generator/requests/request-plan.ts";
import { apiBlocks, apiFigures, apiInterval, apiRemarks, apiUnapplied } from "../../report/model/api-report.ts";
import type { ApiScenario } from "../../scenario/api-schema.ts";
import { durationMs } from "../../scenario/duration.ts";
import { defaultApiLimits } from "../../scenario/limit.ts";
import { ScenarioError } from "../../scenario/read-scenario.ts";
import { startRedis } from "../../target/redis-server.ts";
import type { RunAdditions } from "../coordinate/run-order.ts";
import { seedUsers } from "../prepare/seed-users.ts";
import type { RunKind, Surroundings } from "../run-kind.ts";
import { pathOf, requestRun, usersOf } from "./request-run.ts";

const defaultUserCount = 10_000;
/** Response time assumed when choosing the number of connections for a rate, milliseconds. */
const expectedAnswerMs = 100;

export const apiKind: RunKind<ApiScenario> = {
  name: "api",
  plan: (scenario, target) => {
    const api = planApi(scenario, pathOf(target));
    return {
      ...requestRun(scenario, api, target),
      additions: additionsOf({ ...scenario, target }, api),
      surround: (builtIn, folder, say) => redisFor(api, builtIn, scenario.redis, folder, say),
    };
  },
};

/** The requests of a scenario. `ownPath`: as returned by {@link pathOf}. Throws ScenarioError. */
export function planApi(scenario: ApiScenario, ownPath: string | null): ApiPlan {
  const { sweep, rate } = scenario;
  if (sweep !== undefined && rate !== undefined)
    throw new ScenarioError([
      { field: "sweep", text: "expected either sweep (closed loop) or rate (open loop), got both" },
    ]);
  const asksForUsers = ownPath === null || (/^\/(\?|$)/.test(ownPath) && scenario.userCount !== undefined);
  const paths = scenario.paths ?? (asksForUsers ? null : [ownPath]);
  return {
    users: sweep ?? [usersOf(scenario, expectedAnswerMs)],
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
    expect: {
      status: scenario.expectStatus ?? null,
      body: scenario.method === "HEAD" ? "none" : (scenario.expectBody ?? (paths === null ? "user" : "none")),
    },
    checkShare: scenario.checkShare,
  };
}

/** Whether a run needs users in a Redis. `builtIn`: the target's name, null for a URL. */
export function needsRedis({ requests }: ApiPlan, builtIn: string | null, given: string | undefined): boolean {
  const asksForUsers = requests.paths?.some((path) => path.startsWith("/user/")) ?? true;
  return asksForUsers && (given !== undefined || (builtIn !== null && builtIn !== "rehearsal"));
}

/**
 * The Redis that a target reads its users from, filled: our own unless one was given; none when no user is requested.
 */
async function redisFor(
  api: ApiPlan,
  builtIn: string | null,
  given: string | undefined,
  folder: string,
  say: (line: string) => void,
): Promise<Surroundings> {
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
        return {
          users,
          heldMs: isBegun ? (toNs - hold.fromNs) / 1e6 : 0,
          usage: isBegun ? usageWithin({ fromNs: hold.fromNs, toNs }) : null,
        };
      });
      const blocks = apiBlocks({ requests, ratePerSecond, checkShare, steps });
      return {
        blocks,
        figures: apiFigures(blocks, state),
        remarks: apiRemarks(blocks),
        unapplied: apiUnapplied(blocks, api.users),
      };
    },
  };
}
