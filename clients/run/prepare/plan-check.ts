/**
 * The pre-flight of a scenario: calculates its plan's needs against this host's limits, before the first connection.
 */
import { hostOf, isSecureUrl, pinnedAddresses, portOf } from "../../connection/resolve-endpoint.ts";
import { isSocketFileUrl } from "../../connection/socket-file-url.ts";
import { descriptorLimit } from "../../measure/host/descriptor-limit.ts";
import { readHostLimits } from "../../measure/host/host-limits.ts";
import { isLoopback4 } from "../../measure/loopback.ts";
import { preflight } from "../../plan/preflight/preflight.ts";
import type { PreflightRow } from "../../plan/preflight/preflight-row.ts";
import { loopbackSources, shardCount } from "../../plan/shard.ts";
import { parseResolve } from "../../scenario/problems/resolve-entries.ts";
import type { ConnectionsScenario } from "../../scenario/schema.ts";
import type { PlanningHost } from "./plan-shards.ts";

/** A plan this host cannot carry. Exit code 2: nothing was started. */
export class PreflightRefused extends Error {
  readonly rows: PreflightRow[];

  constructor(rows: PreflightRow[]) {
    const lines = rows
      .filter(({ verdict }) => verdict === "refuse")
      .map(({ row, value, need, fix }) => `${row}: has ${value}, needs ${need}; ${fix ?? "plan less"}`);
    super(`this host cannot handle the plan\n${lines.join("\n")}`);
    this.rows = rows;
  }
}

/** The parts of a scenario that determine the number of connections, sources and destinations. */
export type PlannedConnections = Pick<ConnectionsScenario, "connections" | "shards" | "sources" | "replicas"> &
  Partial<Pick<ConnectionsScenario, "target" | "tls" | "resolve" | "proxy">>;

const targetsOf = ({ target }: PlannedConnections): string[] => [target ?? []].flat();

const speaksTls = (scenario: PlannedConnections): boolean =>
  scenario.tls?.serve === true || targetsOf(scenario).some(isSecureUrl);

/**
 * The addresses in a scenario: those its `resolve` pins (resolved-addresses.ts pins those of the resolver), or the host
 * of its URL, a name counting as one. A comparison loads its targets in turn, so the first represents all. Empty for a
 * built-in target, and behind a proxy.
 */
function namedAddresses(scenario: PlannedConnections): string[] {
  const { resolve = [], proxy } = scenario;
  const [url = ""] = targetsOf(scenario);
  if (!URL.canParse(url) || proxy !== undefined) return [];
  const parsed = new URL(url);
  const pinned = pinnedAddresses(resolve.map(parseResolve), hostOf(parsed), portOf(parsed));
  return pinned.length === 0 ? [hostOf(parsed)] : pinned;
}

const usualPorts = 28_232;

export function planningHost(): PlanningHost {
  const { localPortLow, localPortHigh } = readHostLimits();
  const ports = localPortLow === null || localPortHigh === null ? usualPorts : localPortHigh - localPortLow + 1;
  return { descriptorLimit: descriptorLimit(), ports };
}

/**
 * The pre-flight table for a scenario with long connections, or for the connections of an API scenario.
 * `targetIsLocal`: the target's end is on this host too.
 */
export function preflightOf(
  scenario: PlannedConnections,
  targetIsLocal: boolean,
  carries: "pushes" | "requests" = "pushes",
): PreflightRow[] {
  const host = planningHost();
  const shards = scenario.shards ?? shardCount(scenario.connections, host.descriptorLimit);
  const addresses = namedAddresses(scenario);
  const destinations = addresses.length === 0 ? scenario.replicas : addresses.length;
  const onLoopback = addresses.length === 0 ? targetIsLocal : addresses.every(isLoopback4);
  const sources =
    scenario.sources?.length ??
    (onLoopback ? Math.max(1, loopbackSources(scenario.connections, destinations, host.ports).length) : 1);
  const perShardConnections = Math.ceil(scenario.connections / shards);
  return preflight(
    {
      connections: scenario.connections,
      shards,
      perShardConnections,
      sources,
      destinations,
      replicas: scenario.replicas,
      targetOnThisHost: targetIsLocal,
      carries,
      tls: speaksTls(scenario),
      isSocketFile: targetsOf(scenario).some(isSocketFileUrl),
    },
    readHostLimits(),
  );
}

/** Returns the rows, or throws {@link PreflightRefused} when one of them refuses. */
export function checkPlan(scenario: ConnectionsScenario, targetIsLocal: boolean): PreflightRow[] {
  return checkRows(preflightOf(scenario, targetIsLocal));
}

/** The same for existing rows. */
export function checkRows(rows: PreflightRow[]): PreflightRow[] {
  if (rows.some(({ verdict }) => verdict === "refuse")) throw new PreflightRefused(rows);
  return rows;
}
