/**
 * From an API scenario to the report of one target: the plan is that of its connections, with the requests over them added; Redis is
 * started and filled where the target reads users from it.
 */
import { chooseEngine } from "../../connection/make-engine.ts";
import { type ApiPlan, StepTimes, stepsMs } from "../../generator/requests/request-plan.ts";
import { apiBlocks, apiFigures, apiInterval, apiRemarks } from "../../report/model/api-report.ts";
import type { Reason, Report } from "../../report/model/report.ts";
import type { ApiScenario } from "../../scenario/api-schema.ts";
import { durationMs } from "../../scenario/duration.ts";
import { defaultApiLimits } from "../../scenario/limit.ts";
import { readScenario, ScenarioError } from "../../scenario/read-scenario.ts";
import type { ConnectionsScenario } from "../../scenario/schema.ts";
import { readHostFacts } from "../../target/host.ts";
import type { StartOptions } from "../../target/managed-target.ts";
import type { ManifestTarget } from "../../target/manifest.ts";
import { startRedis } from "../../target/redis-server.ts";
import { runConnections } from "../coordinate/coordinator.ts";
import { LocalShards } from "../coordinate/local-shards.ts";
import type { RunAdditions } from "../coordinate/run-order.ts";
import { type ExecuteOptions, isUrl, reachableTarget, usableTarget } from "../execute.ts";
import { newRunId, RunFolder } from "../folder/run-folder.ts";
import { checkPlan, planningHost } from "../prepare/plan-check.ts";
import { planShards } from "../prepare/plan-shards.ts";
import { startProfile } from "../prepare/run-profile.ts";
import { type RunTarget, startManaged } from "../prepare/run-target.ts";
import { seedUsers } from "../prepare/seed-users.ts";

const defaultUsers = 100;
const defaultUserCount = 10_000;
/** Connections of an open loop that names none: a tenth of a second's requests may wait for answers. */
const connectionsAt = (rate: number): number => Math.min(1000, Math.max(10, Math.ceil(rate / 10)));

/** Runs an API scenario against one target. Throws ScenarioError, TargetUnavailable, TargetError or ConnectionError before anything is dialled. */
export async function executeApi(scenario: ApiScenario, name: string, options: ExecuteOptions): Promise<Report> {
  const manifest = isUrl(name) ? null : await usableTarget(name, options.say);
  const api = planApi(scenario, manifest === null ? new URL(name) : null);
  const shape = connectionsOf(scenario, api, name);
  const engine = await chooseEngine({ endpoints: [{ tls: name.startsWith("https:") }], compression: false }, { preference: scenario.engine });
  (options.checkPlan ?? checkPlan)(shape, manifest !== null);
  const named = manifest === null ? await reachableTarget(name, shape, options) : null;
  const run = options.newRun?.("api", name) ?? newRunId("api", manifest?.name ?? "url", new Date(), Math.random);
  const own = { ...scenario, target: name };
  const folder = new RunFolder(options.runsFolder, run, own);
  const profile = scenario.profile ? await startProfile(manifest, folder.path, stepsMs(api)) : null;
  const place = await openPlace({ manifest, named, shape, api, folder: folder.path, say: options.say, wrap: profile?.wrap });
  let report: Report;
  try {
    const { target } = place;
    const planned = planShards(run, shape, target, engine.name, options.planningHost?.(target.endpoints) ?? planningHost());
    const plans = planned.map((plan) => ({
      ...plan,
      engine: { ...plan.engine, protocol: "http" as const },
      api,
    }));
    const notes: Reason[] = [...(engine.name === "portable" ? [{ code: "portable-engine", text: engine.why }] : []), ...(profile?.notes ?? [])];
    report = await runConnections({
      run,
      kind: "api",
      scenario: { ...shape, protocol: "http" },
      target,
      plans,
      shards: options.makeShards?.(target.endpoints) ?? new LocalShards(),
      observers: [folder, ...(profile === null ? [] : [profile.observer]), ...options.watch(run)],
      signal: options.signal,
      host: readHostFacts(target.isLocal),
      notes,
      // No instant of the target's clock is read: requests begin and end with ours.
      clockError: null,
      additions: additionsOf(own, api),
    });
  } finally {
    await place.close();
  }
  return profile === null ? report : folder.rewrite(await profile.finish(report));
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
  const { rampPerSecond, engine, shards, sources, tls, replicas, targetCpus, targetMemoryMiB, pid, redis, faults, limits, headers } = scenario;
  const given = { engine, shards, sources, tls, replicas, targetCpus, targetMemoryMiB, pid, redis, faults, limits, headers };
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

interface PlaceOrder {
  manifest: ManifestTarget | null;
  named: RunTarget | null;
  shape: ConnectionsScenario;
  api: ApiPlan;
  folder: string;
  say: (line: string) => void;
  wrap: StartOptions["wrap"];
}

/** The target, and the Redis it reads from: ours unless one was given. */
async function openPlace({ manifest, named, shape, api, folder, say, wrap }: PlaceOrder): Promise<{ target: RunTarget; close(): Promise<void> }> {
  const readsRedis = needsRedis(api, manifest?.name ?? null, shape.redis);
  const redis = readsRedis && shape.redis === undefined ? await startRedis(folder) : null;
  try {
    const url = shape.redis ?? redis?.url;
    if (readsRedis && url !== undefined) {
      const { userCount, seed } = api.requests;
      say(`filling Redis with ${userCount} users`);
      await seedUsers(url, userCount, seed);
    }
    const target = named ?? (await startManaged(manifest as ManifestTarget, { ...shape, ...(url === undefined ? {} : { redis: url }) }, folder, wrap));
    const close = async (): Promise<void> => {
      await target.stop();
      await redis?.stop();
    };
    return { target: { ...target, keepsContract: false }, close };
  } catch (error) {
    await redis?.stop();
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
    report: ({ requests }, held, usageWithin) => {
      if (requests === null) return {};
      const times = held === null ? null : new StepTimes(held.fromNs, api);
      const steps = api.users.map((users, index) => {
        const hold = times?.holdOf(index + 1);
        const toNs = Math.min(hold?.toNs ?? 0, held?.toNs ?? 0);
        const isBegun = hold !== undefined && toNs > hold.fromNs;
        return { users, heldMs: isBegun ? (toNs - hold.fromNs) / 1e6 : 0, usage: isBegun ? usageWithin({ fromNs: hold.fromNs, toNs }) : null };
      });
      const blocks = apiBlocks({ requests, ratePerSecond, checkShare, steps });
      return { blocks, figures: apiFigures(blocks), remarks: apiRemarks(blocks) };
    },
  };
}
