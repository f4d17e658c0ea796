/**
 * From a checked scenario to reports, one per target: everything that must be known before a connection is opened is checked first
 * (names, availability, allowed hosts, descriptors and ports), then each target is started, measured and stopped in turn.
 */
import type { Endpoint } from "../connection/engine.ts";
import { chooseEngine } from "../connection/make-engine.ts";
import { isLoopback } from "../measure/loopback.ts";
import type { Reason, Report } from "../report/model/report.ts";
import { durationMs } from "../scenario/duration.ts";
import { ScenarioError } from "../scenario/read-scenario.ts";
import type { ConnectionsScenario } from "../scenario/schema.ts";
import { checkAvailability } from "../target/availability.ts";
import { buildTarget, needsBuild } from "../target/build.ts";
import { readHostFacts } from "../target/host.ts";
import { findTarget, type ManifestTarget, readManifests, speaks } from "../target/manifest.ts";
import { runConnections } from "./coordinate/coordinator.ts";
import { LocalShards, type ShardGroup } from "./coordinate/local-shards.ts";
import type { RunObserver } from "./coordinate/observer.ts";
import type { RunAdditions } from "./coordinate/run-order.ts";
import { newRunId, RunFolder } from "./folder/run-folder.ts";
import { checkPlan, planningHost } from "./prepare/plan-check.ts";
import { type PlanningHost, planShards } from "./prepare/plan-shards.ts";
import { probeEndpoint } from "./prepare/probe-endpoint.ts";
import { startProfile } from "./prepare/run-profile.ts";
import { namedTarget, type RunTarget, startManaged } from "./prepare/run-target.ts";
import { readValues } from "./prepare/run-values.ts";
import { inTargetClock } from "./prepare/target-clock.ts";

/** What a run needs beside its scenario. */
export interface ExecuteOptions {
  runsFolder: string;
  /** Watchers of one run, beside its folder. */
  watch: (run: string) => RunObserver[];
  signal: AbortSignal;
  /** Hosts beside loopback that may be dialled: a stress tester is a weapon. */
  allowedHosts: readonly string[];
  /** A line about what is being prepared. */
  say: (line: string) => void;
  /** Where the shards run; processes of this one by default. Told where they will dial. */
  makeShards?: (endpoints: readonly Endpoint[]) => ShardGroup;
  /** Checks a plan against what will carry it; by default this host's limits, which throws PreflightRefused. */
  checkPlan?: (scenario: ConnectionsScenario, targetIsLocal: boolean) => unknown;
  /** Goes on with this run of a capacity search instead of a new one. */
  resume?: string;
  /** Descriptors and ports of whatever will dial; this host's by default. */
  planningHost?: (endpoints: readonly Endpoint[]) => PlanningHost;
  /** Gives a run its id, for callers who promised one before the run began. */
  newRun?: (kind: string, target: string) => string;
  /** Why an endpoint, resolved and pinned, must not be dialled; null when it may. Beside {@link allowedHosts}, for callers on a network. */
  refuseEndpoint?: (endpoint: Endpoint) => string | null;
}

/** A target that cannot be used on this machine, with the way out. */
export class TargetUnavailable extends Error {
  readonly target: string;

  constructor(target: string, why: string, install: string) {
    super(`target ${target} is unavailable: ${why}; install with: ${install}`);
    this.target = target;
  }
}

/** The names of the targets a scenario asks for. */
export function targetNames(scenario: { target?: string | string[] | undefined }): string[] {
  if (scenario.target === undefined) throw new ScenarioError([{ field: "target", text: "expected a built-in target or a URL, got nothing; e.g. --target go" }]);
  return Array.isArray(scenario.target) ? scenario.target : [scenario.target];
}

export const isUrl = (name: string): boolean => /^[a-z]+:\/\//i.test(name);

/** What another kind with long connections adds to a run. */
export interface RunExtras {
  additions: RunAdditions;
  replaceDeadShards: boolean;
  /** The target is up, nothing is dialled yet: who watches beside the folder. */
  begin(target: RunTarget): RunObserver[];
  /** All connections are closed, the target still runs: the last report. */
  drained(report: Report, target: RunTarget): Promise<Report>;
}

/** Runs a connections scenario against one target. Throws ScenarioError, TargetUnavailable, TargetError or ConnectionError before anything is dialled. */
export async function executeConnections(
  kind: string,
  scenario: ConnectionsScenario,
  name: string,
  options: ExecuteOptions,
  extras?: RunExtras,
): Promise<Report> {
  const manifest = isUrl(name) ? null : await usableTarget(name, options.say);
  if (manifest !== null && !speaks(manifest, scenario.protocol)) {
    const text = `expected one that ${name} speaks, got "${scenario.protocol}"; for ${scenario.protocol} give the URL of a server, or the target rehearsal`;
    throw new ScenarioError([{ field: "protocol", text }]);
  }
  const run = options.newRun?.(kind, name) ?? newRunId(kind, manifest?.name ?? "url", new Date(), Math.random);
  const own = { ...scenario, target: name };
  const engine = await chooseEngine({ endpoints: [{ tls: /^(wss|https):/.test(name) }], compression: scenario.compression }, { preference: scenario.engine });
  const values = readValues(own, run);
  (options.checkPlan ?? checkPlan)(own, manifest !== null);
  const named = manifest === null ? await reachableTarget(name, own, options) : null;
  const folder = new RunFolder(options.runsFolder, run, own, extras !== undefined);
  const profile = own.profile ? await startProfile(manifest, folder.path, durationMs(own.hold)) : null;
  const target = named ?? (await startManaged(manifest as ManifestTarget, own, folder.path, profile?.wrap));
  let report: Report;
  try {
    const planned = planShards(run, own, target, engine.name, options.planningHost?.(target.endpoints) ?? planningHost());
    const { plans, clockError } = await inTargetClock(target, values.give(planned));
    const host = readHostFacts(target.isLocal);
    const observers = [folder, ...(extras?.begin(target) ?? []), ...(profile === null ? [] : [profile.observer]), ...options.watch(run)];
    const notes: Reason[] = [...(engine.name === "portable" ? [{ code: "portable-engine", text: engine.why }] : []), ...(profile?.notes ?? [])];
    const shards = options.makeShards?.(target.endpoints) ?? new LocalShards();
    const additions = extras === undefined ? {} : { additions: extras.additions, replaceDeadShards: extras.replaceDeadShards };
    report = await runConnections({
      run,
      kind,
      scenario: own,
      target,
      plans,
      shards,
      observers,
      signal: options.signal,
      host,
      notes,
      clockError,
      ...additions,
    });
    if (extras !== undefined) report = folder.rewrite(await extras.drained(report, target));
  } finally {
    await target.stop();
  }
  // Most runtimes write their profile when they end.
  return profile === null ? report : folder.rewrite(await profile.finish(report));
}

/** A built-in target that can run here, built. */
export async function usableTarget(name: string, say: (line: string) => void): Promise<ManifestTarget> {
  const manifests = readManifests();
  const known = manifests.map((manifest) => manifest.name);
  if (!known.includes(name)) throw new ScenarioError([{ field: "target", text: `expected ${known.join(", ")} or a URL, got "${name}"` }]);
  const manifest = findTarget(manifests, name);
  const availability = await checkAvailability(manifest);
  if (availability.state === "unavailable") throw new TargetUnavailable(name, availability.why, availability.install);
  if (needsBuild(manifest)) {
    say(`building target ${name}`);
    await buildTarget(manifest);
  }
  return manifest;
}

/** A target given by URL: on the allow list, resolved once, and answering at all. */
export async function reachableTarget(url: string, scenario: ConnectionsScenario, { allowedHosts, refuseEndpoint }: ExecuteOptions): Promise<RunTarget> {
  const target = await namedTarget(url, scenario);
  for (const endpoint of target.endpoints) {
    if (!isLoopback(endpoint.address) && !allowedHosts.includes(endpoint.host)) {
      const text = `${endpoint.host} (${endpoint.address}) is not this machine; say --allow-host ${endpoint.host} if you may load it`;
      throw new ScenarioError([{ field: "target", text }]);
    }
    const refusal = refuseEndpoint?.(endpoint) ?? null;
    if (refusal !== null) throw new ScenarioError([{ field: "target", text: refusal }]);
    await probeEndpoint(endpoint);
  }
  return target;
}
