/**
 * The run loop: from a validated scenario of any kind with connections to the report for one target. Everything that
 * must be known before a connection is opened is checked first (names, availability, allowed hosts, descriptors and
 * ports); then the target is started, measured and stopped. Differences between kinds are in their {@link RunKind}.
 */
import { resolve } from "node:path";
import type { Endpoint } from "../connection/engine.ts";
import { chooseEngine } from "../connection/make-engine.ts";
import { loadOwnProtocol } from "../connection/own-protocol.ts";
import { isSecureUrl } from "../connection/resolve-endpoint.ts";
import { limitHeapGrowth } from "../measure/host/own-heap.ts";
import type { Reason, Report } from "../report/model/report.ts";
import { ScenarioError } from "../scenario/read-scenario.ts";
import type { ConnectionsScenario } from "../scenario/schema.ts";
import { isUrl } from "../scenario/target-url.ts";
import type { ShardGroup } from "./coordinate/local-shards.ts";
import { measureTarget } from "./coordinate/measure-target.ts";
import type { RunObserver } from "./coordinate/observer.ts";
import { RunNeverBegan } from "./coordinate/run-never-began.ts";
import { newRunId, RunFolder } from "./folder/run-folder.ts";
import { checkDialing, managedDestination } from "./prepare/check-dialing.ts";
import {
  allowedTarget,
  type DialRules,
  demandProtocol,
  reachableTarget,
  usableTarget,
} from "./prepare/choose-target.ts";
import { checkPlan } from "./prepare/plan-check.ts";
import type { PlanningHost } from "./prepare/plan-shards.ts";
import { withAddresses } from "./prepare/resolved-addresses.ts";
import { startProfile } from "./prepare/run-profile.ts";
import { startManaged } from "./prepare/run-target.ts";
import { checkTlsBlock } from "./prepare/tls-block.ts";
import type { KindScenario, RunKind } from "./run-kind.ts";

/** What a run needs in addition to its scenario. */
export interface ExecuteOptions extends DialRules {
  runsFolder: string;
  /** Observers of a run, in addition to its folder. */
  watch: (run: string) => RunObserver[];
  signal: AbortSignal;
  /** Shows a line about preparations. */
  say: (line: string) => void;
  /** Where the shards run; default: child processes. Called with the endpoints they will dial. */
  makeShards?: (endpoints: readonly Endpoint[]) => ShardGroup;
  /** Checks a plan against whatever will carry it; default: this host's limits, throwing PreflightRefused. */
  checkPlan?: (scenario: ConnectionsScenario, targetIsLocal: boolean) => unknown;
  /** Resumes this run of a capacity search instead of starting a new one. */
  resume?: string;
  /** Descriptors and ports of whatever will dial; default: this host's. */
  planningHost?: (endpoints: readonly Endpoint[]) => PlanningHost;
  /** Assigns a run its id, for callers who announced one before the run began. */
  newRun?: (kind: string, target: string) => string;
}

/**
 * Runs a scenario of a kind against one target. Throws ScenarioError, PreflightRefused, TargetUnavailable, TargetError
 * or ConnectionError before anything is dialled.
 */
export async function execute<S extends KindScenario>(
  kind: RunKind<S>,
  scenario: S,
  name: string,
  options: ExecuteOptions,
): Promise<Report> {
  limitHeapGrowth();
  const manifest = isUrl(name) ? null : await usableTarget(name, options.say);
  const plan = kind.plan(scenario, name);
  const { connections } = plan;
  if (manifest !== null) demandProtocol(manifest, connections.protocol);
  if (manifest !== null && connections.keeper !== undefined)
    throw new ScenarioError([
      {
        field: "keeper",
        text: `expected to be left out with ${name}: it runs on this machine and is monitored anyway`,
      },
    ]);
  if (connections.protocolModule !== undefined) await loadOwnProtocol(resolve(connections.protocolModule));
  const engine = await engineFor(connections, name);
  const allowed = manifest === null ? await allowedTarget(name, connections, options) : null;
  const planned = withAddresses({ ...connections, target: name }, allowed?.endpoints ?? []);
  (options.checkPlan ?? checkPlan)(planned, manifest !== null);
  if (manifest !== null) await checkDialing(connections, managedDestination, options.makeShards !== undefined);
  const named = allowed === null ? null : await reachableTarget(allowed, connections, options);
  const run = options.newRun?.(kind.name, name) ?? newRunId(kind.name, name, new Date(), Math.random);
  const folder = new RunFolder(
    options.runsFolder,
    run,
    { ...scenario, target: name },
    plan.judgedAfterDrain !== undefined,
  );
  const profile = scenario.profile ? await startProfile(manifest, folder.path, plan.holdMs) : null;
  const surroundings = await plan.surround?.(manifest?.name ?? null, folder.path, options.say);
  let report: Report;
  try {
    const target =
      manifest === null
        ? named!
        : await startManaged(manifest, { ...connections, ...surroundings?.given }, folder.path, profile?.wrap);
    try {
      const watchers = options.watch(run);
      const own = plan.judgedAfterDrain?.begin(target, watchers) ?? watchers;
      const notes: Reason[] = [
        ...(engine.name === "portable" ? [{ code: "portable-engine", text: engine.why }] : []),
        ...(profile?.notes ?? []),
      ];
      const observers = [folder, ...own, ...(profile === null ? [] : [profile.observer])];
      report = await measureTarget({
        run,
        kind: kind.name,
        plan,
        target,
        engineName: engine.name,
        observers,
        notes,
        ...options,
      });
      if (plan.judgedAfterDrain !== undefined)
        report = folder.rewrite(await plan.judgedAfterDrain.judge(report, target));
    } catch (error) {
      if (error instanceof RunNeverBegan) plan.judgedAfterDrain?.neverBegan(folder.rewrite(error.report));
      throw error;
    } finally {
      await target.stop();
    }
  } finally {
    await surroundings?.close();
  }
  // Most runtimes write their profile on exit.
  return profile === null ? report : folder.rewrite(await profile.finish(report));
}

/**
 * The engine for these connections to a target of this name. Throws a ScenarioError when their `tls` block is invalid.
 */
export async function engineFor(
  { compression, engine, tls, proxy }: ConnectionsScenario,
  name: string,
): ReturnType<typeof chooseEngine> {
  checkTlsBlock(tls);
  const isSecure = isUrl(name) ? isSecureUrl(name) : (tls?.serve ?? false);
  return chooseEngine(
    { endpoints: [{ tls: isSecure }], compression, isProxied: proxy !== undefined },
    { preference: engine },
  );
}
