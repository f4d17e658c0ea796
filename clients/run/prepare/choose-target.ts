/**
 * Resolves the name of a target to one that can be loaded: a built-in one that is available and built, or a URL that
 * may be dialled and responds.
 */
import type { Endpoint } from "../../connection/engine.ts";
import { isLoopback } from "../../measure/loopback.ts";
import { ScenarioError } from "../../scenario/read-scenario.ts";
import type { ConnectionsScenario } from "../../scenario/schema.ts";
import { checkAvailability } from "../../target/availability.ts";
import { buildTarget, needsBuild } from "../../target/build.ts";
import { findTarget, type ManifestTarget, readManifests, speaks } from "../../target/manifest.ts";
import { checkDialing } from "./check-dialing.ts";
import { watchByKeeper } from "./keeper-watch.ts";
import { liveEndpoints } from "./live-endpoints.ts";
import { namedTarget, type RunTarget } from "./run-target.ts";
import { loadedPlaces } from "./through-proxy.ts";

/** Rules for which endpoints may be dialled. */
export interface DialRules {
  /** Hosts besides loopback that may be dialled, to prevent misuse. */
  allowedHosts: readonly string[];
  /**
   * Returns why a resolved and pinned endpoint must not be dialled, or null; applied in addition to {@link
   * allowedHosts}, for callers on a network.
   */
  refuseEndpoint?: (endpoint: Endpoint) => string | null;
  /** Set when processes other than ours dial, possibly on other machines. */
  makeShards?: unknown;
}

/** A target that cannot be used on this machine, with a way to fix it. */
export class TargetUnavailable extends Error {
  readonly target: string;

  constructor(target: string, why: string, install: string) {
    super(`target ${target} is unavailable: ${why}; install with: ${install}`);
    this.target = target;
  }
}

/** The names of the targets in a scenario. */
export function targetNames(scenario: { target?: string | string[] | undefined }): string[] {
  if (scenario.target === undefined)
    throw new ScenarioError([
      { field: "target", text: "expected a built-in target or a URL, got nothing; e.g. --target go" },
    ]);
  return Array.isArray(scenario.target) ? scenario.target : [scenario.target];
}

/** A built-in target that can run here, built if necessary. */
export async function usableTarget(name: string, say: (line: string) => void): Promise<ManifestTarget> {
  const manifests = readManifests();
  const known = manifests.map((manifest) => manifest.name);
  if (!known.includes(name))
    throw new ScenarioError([{ field: "target", text: `expected ${known.join(", ")} or a URL, got "${name}"` }]);
  const manifest = findTarget(manifests, name);
  const availability = await checkAvailability(manifest);
  if (availability.state === "unavailable") throw new TargetUnavailable(name, availability.why, availability.install);
  if (needsBuild(manifest)) {
    say(`building target ${name}`);
    await buildTarget(manifest);
  }
  return manifest;
}

/** Throws a {@link ScenarioError} when a built-in target does not support the protocol of the connections. */
export function demandProtocol(manifest: ManifestTarget, protocol: string): void {
  if (speaks(manifest, protocol)) return;
  const text = `expected a protocol that ${manifest.name} supports, got "${protocol}"; for ${protocol} use the URL of a server, or the target rehearsal`;
  throw new ScenarioError([{ field: "protocol", text }]);
}

/** A target given by URL: resolved once, and checked against the allow list. Nothing is dialled. */
export async function allowedTarget(url: string, scenario: ConnectionsScenario, rules: DialRules): Promise<RunTarget> {
  const { allowedHosts, refuseEndpoint } = rules;
  const target = await namedTarget(url, scenario);
  for (const endpoint of target.endpoints) {
    for (const { field, host, address } of loadedPlaces(endpoint)) {
      if (isLoopback(address) || allowedHosts.includes(host)) continue;
      const text = `${host} (${address === "" ? "as the proxy resolves it" : address}) is not this machine; add --allow-host ${host} if you are allowed to load it`;
      throw new ScenarioError([{ field, text }]);
    }
    // Allowing a name does not allow addresses its resolver would not return: a pinned address must be allowed itself.
    if (target.isPinned === true && !isLoopback(endpoint.address) && !allowedHosts.includes(endpoint.address)) {
      const text = `${endpoint.address} is not this machine; add --allow-host ${endpoint.address} if you are allowed to load it`;
      throw new ScenarioError([{ field: "resolve", text }]);
    }
    const refusal = refuseEndpoint?.(endpoint) ?? null;
    if (refusal !== null) throw new ScenarioError([{ field: "target", text: refusal }]);
    await checkDialing(
      scenario,
      { ...endpoint, family: (endpoint.proxy ?? endpoint).family },
      rules.makeShards !== undefined,
    );
  }
  return target;
}

/** An allowed target with those of its addresses that respond to a probe, watched by its keeper if it has one. */
export async function reachableTarget(
  target: RunTarget,
  scenario: ConnectionsScenario,
  { allowedHosts }: DialRules,
): Promise<RunTarget> {
  const { live, notes } = await liveEndpoints(target.endpoints);
  const { keeper, pid = [] } = scenario;
  if (keeper === undefined) return { ...target, endpoints: live, notes };
  if (pid.length > 0)
    throw new ScenarioError([
      { field: "pid", text: "expected to be left out with keeper, which reports its own processes" },
    ]);
  const watch = await watchByKeeper({ ...scenario, keeper }, allowedHosts);
  return { ...target, endpoints: live, notes: [...notes, ...watch.notes()], watch, stop: async () => watch.close() };
}
