/** Assembles the service: desk, feeds, metrics, agents, app. */
import { join } from "node:path";
import type { FastifyBaseLogger } from "fastify";
import { isLoopback } from "../../clients/measure/loopback.ts";
import { ExposedRuns } from "../../clients/metrics/exposed-runs.ts";
import type { ExecuteOptions } from "../../clients/run/execute.ts";
import { checkPlan } from "../../clients/run/prepare/plan-check.ts";
import { projectRoot } from "../../clients/target/project-root.ts";
import { type DialPolicy, refuseEndpoint } from "../agent/dial-policy.ts";
import type { OwnDoor } from "../agent/own-door.ts";
import { Seal } from "../agent/seal.ts";
import { agentRows } from "./agents/agent-info.ts";
import type { AgentPool } from "./agents/agent-pool.ts";
import { buildApp } from "./app.ts";
import type { App } from "./app-deps.ts";
import { LiveFeeds } from "./live/live-feed.ts";
import type { ServiceOptions } from "./options.ts";
import { invalid } from "./routes/problem.ts";
import { OrderFolder } from "./runs/order-folder.ts";
import { RunDesk } from "./runs/run-desk.ts";
import { RunList } from "./runs/run-list.ts";

export interface Service {
  app: App;
  desk: RunDesk;
  /** Recovers orders of the previous process; call once this one is sure to serve. */
  recover(): void;
  /** Ends all runs with their reports, then stops serving. */
  close(): Promise<void>;
}

/** Creates a service that is not listening yet. `execute`: replaces the executors in tests. */
export async function makeService(
  options: ServiceOptions,
  logger: FastifyBaseLogger,
  execute?: ConstructorParameters<typeof RunDesk>[0]["execute"],
): Promise<Service> {
  const isLoopbackOnly = isLoopback(options.host);
  const dial: DialPolicy = {
    allowedHosts: options.allowedHosts,
    allowsLoopback: isLoopbackOnly,
    ownDoors: () => ownDoors(options, app, pool),
  };
  const folder = new OrderFolder(options.runsFolder);
  const feeds = new LiveFeeds();
  const exposed = new ExposedRuns();
  const pool = options.redisUrl === null ? null : await openPool(options.redisUrl, options.agentSecret, logger);
  const desk = new RunDesk({
    folder,
    feeds,
    limits: { atOnce: options.atOnce, perTarget: options.perTarget },
    watch: () => [exposed.observer()],
    forget: (run) => exposed.drop(run),
    execution: {
      allowedHosts: options.allowedHosts,
      refuseEndpoint: (endpoint) => refuseEndpoint(endpoint, dial),
      ...executionOf(pool),
    },
    ...(execute === undefined ? {} : { execute }),
    log: { info: (line) => logger.info(line), error: (fields, line) => logger.error(fields, line) },
  });
  const app = await buildApp({
    desk,
    list: new RunList(folder, desk),
    folder,
    feeds,
    exposed,
    dial,
    agents: pool,
    security: {
      token: options.token,
      isLoopbackOnly,
      opensMetrics: options.opensMetrics,
      perMinute: options.perMinute,
    },
    pageFolder: join(projectRoot, "dist/services/control/page"),
    logger,
  });
  const close = async (): Promise<void> => {
    await desk.close();
    await app.close();
    await pool?.close();
  };
  return { app, desk, recover: () => desk.recover(), close };
}

/** The Redis code is loaded only when Redis is used. */
async function openPool(redisUrl: string, agentSecret: string | null, logger: FastifyBaseLogger): Promise<AgentPool> {
  const { AgentPool } = await import("./agents/agent-pool.ts");
  return AgentPool.open(redisUrl, new Seal(agentSecret), (line) => logger.warn(line));
}

/** The addresses this service listens on, once it does, and its Redis. */
function ownDoors({ host }: ServiceOptions, app: App, pool: AgentPool | null): OwnDoor[] {
  const listening = app
    .addresses()
    .flatMap((at) =>
      typeof at === "string" ? [] : [{ what: "this service itself", host, port: at.port, addresses: [at.address] }],
    );
  return pool === null ? listening : [...listening, pool.door];
}

/** Where shards run: on agents that can reach the target, or in child processes when there are none. */
function executionOf(pool: AgentPool | null): Pick<ExecuteOptions, "makeShards" | "checkPlan" | "planningHost"> {
  if (pool === null) return {};
  return {
    makeShards: (endpoints) => pool.shardsFor(endpoints.every(({ address }) => isLoopback(address))),
    planningHost: (endpoints) => pool.planningHost(endpoints.every(({ address }) => isLoopback(address))),
    checkPlan: (scenario, targetIsLocal) => {
      const rows = agentRows(pool, scenario as never, targetIsLocal);
      const refused = rows.find(({ verdict }) => verdict === "refuse");
      if (refused !== undefined)
        throw invalid([
          { field: "scenario.connections", text: `${refused.value}; needs ${refused.need}; ${refused.fix}` },
        ]);
      return rows.length > 0 ? rows : checkPlan(scenario, targetIsLocal);
    },
  };
}
