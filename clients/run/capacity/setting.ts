/** What stays the same between the trials of a capacity search: the target, the engine, the host. */
import type { Endpoint } from "../../connection/engine.ts";
import { readHostLimits } from "../../measure/host/host-limits.ts";
import type { CapacityScenario } from "../../scenario/capacity-schema.ts";
import type { ConnectionsScenario } from "../../scenario/schema.ts";
import { isUrl } from "../../scenario/target-url.ts";
import { readHostFacts } from "../../target/host.ts";
import type { StartOptions } from "../../target/managed-target.ts";
import type { ShardGroup } from "../coordinate/local-shards.ts";
import { type ExecuteOptions, engineFor } from "../execute.ts";
import { checkDialing, managedDestination } from "../prepare/check-dialing.ts";
import { allowedTarget, demandProtocol, reachableTarget, usableTarget } from "../prepare/choose-target.ts";
import { checkPlan, planningHost } from "../prepare/plan-check.ts";
import type { PlanningHost } from "../prepare/plan-shards.ts";
import { withAddresses } from "../prepare/resolved-addresses.ts";
import { type RunProfile, startProfile } from "../prepare/run-profile.ts";
import { type RunTarget, startManaged } from "../prepare/run-target.ts";
import { varyingOf } from "./varyings.ts";

export interface CapacitySetting {
  run: string;
  scenario: CapacityScenario;
  /** The scenario whose needs are counted: with every address of the target's name. */
  planned: CapacityScenario;
  engineName: "kernel" | "portable";
  /** Starts a fresh target for a trial; a target given by URL is the same every time. */
  startTarget: (scenario: ConnectionsScenario, logFolder: string, wrap?: StartOptions["wrap"]) => Promise<RunTarget>;
  /** Prepares a profile of the next target, in this folder, over a hold of this many milliseconds. */
  startProfile: (folder: string, holdMs: number) => Promise<RunProfile>;
  isManaged: boolean;
  isLocal: boolean;
  host: { cpuAllowed: number };
  makeShards: ((endpoints: readonly Endpoint[]) => ShardGroup) | undefined;
  /** Descriptors and ports of whatever dials. Re-read for each trial, as agents come and go. */
  planningHost: (endpoints: readonly Endpoint[]) => PlanningHost;
}

/** Checks the target and chooses the engine. Throws what `execute` throws before anything is dialled. */
export async function capacitySetting(
  run: string,
  scenario: CapacityScenario,
  name: string,
  options: ExecuteOptions,
): Promise<CapacitySetting> {
  const isManaged = !isUrl(name);
  const manifest = isManaged ? await usableTarget(name, options.say) : null;
  const varying = varyingOf(scenario);
  const least = varying.plan(scenario, 1, { settleMs: 0, sustainMs: 1000 }).connections;
  if (manifest !== null) demandProtocol(manifest, least.protocol);
  const { name: engineName } = await engineFor(least, name);
  const named = isManaged ? null : await allowedTarget(name, least, options);
  const endpoints = named?.endpoints ?? [];
  // When only a rate varies, the number of connections is fixed and can be checked now.
  if (varying.most(scenario) !== null) (options.checkPlan ?? checkPlan)(withAddresses(least, endpoints), isManaged);
  if (isManaged) await checkDialing(least, managedDestination, options.makeShards !== undefined);
  const probed = named === null ? null : await reachableTarget(named, least, options);
  const allowed = Math.min(
    processorsIn(scenario.targetCpus) ?? Number.POSITIVE_INFINITY,
    readHostFacts(true).cores,
    readHostLimits().quotaCores ?? Number.POSITIVE_INFINITY,
  );
  return {
    run,
    scenario,
    planned: withAddresses(scenario, endpoints),
    engineName,
    startTarget: async (own, logFolder, wrap) =>
      manifest === null
        ? reachableTarget(await allowedTarget(name, own, options), own, options)
        : startManaged(manifest, own, logFolder, wrap),
    startProfile: (folder, holdMs) => startProfile(manifest, folder, holdMs),
    isManaged,
    isLocal: probed?.isLocal ?? true,
    host: { cpuAllowed: allowed },
    makeShards: options.makeShards,
    planningHost: options.planningHost ?? planningHost,
  };
}

/** Number of processors in a list such as "0,2-3"; null for none. */
export function processorsIn(list: string | undefined): number | null {
  if (list === undefined) return null;
  const named = new Set<number>();
  for (const part of list.split(",")) {
    const [from = 0, to = from] = part.split("-").map(Number);
    for (let processor = from; processor <= to; processor++) named.add(processor);
  }
  return named.size;
}
