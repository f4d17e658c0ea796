/** What does not change between the trials of a capacity search: who is loaded, by which engine, from which host. */
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
import { demandProtocol, reachableTarget, usableTarget } from "../prepare/choose-target.ts";
import { checkPlan, planningHost } from "../prepare/plan-check.ts";
import type { PlanningHost } from "../prepare/plan-shards.ts";
import { type RunProfile, startProfile } from "../prepare/run-profile.ts";
import { type RunTarget, startManaged } from "../prepare/run-target.ts";
import { varyingOf } from "./varyings.ts";

export interface CapacitySetting {
  run: string;
  scenario: CapacityScenario;
  engineName: "kernel" | "portable";
  /** A fresh target for a trial; the same one again when it was given by URL. */
  startTarget: (scenario: ConnectionsScenario, logFolder: string, wrap?: StartOptions["wrap"]) => Promise<RunTarget>;
  /** A profile of the target that is started next, in this folder, over a hold of so many milliseconds. */
  startProfile: (folder: string, holdMs: number) => Promise<RunProfile>;
  isManaged: boolean;
  isLocal: boolean;
  host: { cpuAllowed: number };
  makeShards: ((endpoints: readonly Endpoint[]) => ShardGroup) | undefined;
  /** Descriptors and ports of whatever will dial. Asked anew for each trial: agents come and go. */
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
  // When only a rate grows the connections stay as they are: whether those can be carried is known now.
  if (varying.most(scenario) !== null) (options.checkPlan ?? checkPlan)(least, isManaged);
  if (isManaged) await checkDialing(least, managedDestination, options.makeShards !== undefined);
  const probed = isManaged ? null : await reachableTarget(name, least, options);
  const allowed = Math.min(
    processorsIn(scenario.targetCpus) ?? Number.POSITIVE_INFINITY,
    readHostFacts(true).cores,
    readHostLimits().quotaCores ?? Number.POSITIVE_INFINITY,
  );
  return {
    run,
    scenario,
    engineName,
    startTarget: (own, logFolder, wrap) =>
      manifest === null ? reachableTarget(name, own, options) : startManaged(manifest, own, logFolder, wrap),
    startProfile: (folder, holdMs) => startProfile(manifest, folder, holdMs),
    isManaged,
    isLocal: probed?.isLocal ?? true,
    host: { cpuAllowed: allowed },
    makeShards: options.makeShards,
    planningHost: options.planningHost ?? planningHost,
  };
}

/** How many processors a list such as "0,2-3" names; null for none. */
export function processorsIn(list: string | undefined): number | null {
  if (list === undefined) return null;
  const named = new Set<number>();
  for (const part of list.split(",")) {
    const [from = 0, to = from] = part.split("-").map(Number);
    for (let processor = from; processor <= to; processor++) named.add(processor);
  }
  return named.size;
}
