/**
 * Verifies Holdfast against a known truth: each case runs a scenario on the rehearsal target, which misbehaves exactly
 * as scripted and records what it did, and every figure of the report must match that record.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { LocalShards } from "../run/coordinate/local-shards.ts";
import type { RunObserver } from "../run/coordinate/observer.ts";
import { executeOne } from "../run/executors.ts";
import { readAllEvents } from "../run/folder/run-folder.ts";
import { readScenario } from "../scenario/read-scenario.ts";
import type { RunScenario } from "../scenario/schema.ts";
import { readAccount } from "./account.ts";
import type { SelftestCase } from "./case.ts";
import { selftestCases, selftestScenario } from "./cases.ts";
import type { Check } from "./check.ts";

/** The result of one case. `error`: it did not run to its end. */
export interface SelftestResult {
  name: string;
  proves: string;
  ok: boolean;
  checks: Check[];
  run: string | null;
  error: string | null;
}

export interface SelftestOptions {
  runsFolder: string;
  signal: AbortSignal;
  /** Most concurrent cases, except those that measure times. */
  atOnce: number;
  /** Called when a case begins and when it ends. */
  began?: (test: SelftestCase) => void;
  ended?: (result: SelftestResult) => void;
}

/**
 * The cases with these names; without names all of them, or the quick ones. Throws a sentence that lists the existing
 * names.
 */
export function chooseCases(names: readonly string[], isQuick: boolean): SelftestCase[] {
  const known = selftestCases.map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`expected names of ${known.join(", ")}, got "${unknown.join('", "')}"`);
  if (names.length > 0) return selftestCases.filter(({ name }) => names.includes(name));
  return selftestCases.filter((test) => test.isQuick || !isQuick);
}

/**
 * Runs cases, several at once; afterwards, one at a time, those that measure times. Results are in the order of the
 * cases.
 */
export async function runSelftest(cases: readonly SelftestCase[], options: SelftestOptions): Promise<SelftestResult[]> {
  const results = new Map<SelftestCase, SelftestResult>();
  const queue = cases.filter((test) => test.isAlone !== true);
  const work = async (from: SelftestCase[]): Promise<void> => {
    for (let test = from.shift(); test !== undefined && !options.signal.aborted; test = from.shift()) {
      options.began?.(test);
      const result = await runCase(test, options);
      results.set(test, result);
      options.ended?.(result);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, options.atOnce) }, () => work(queue)));
  await work(cases.filter((test) => test.isAlone === true));
  return cases.flatMap((test) => results.get(test) ?? []);
}

/** Runs one case. Never rejects: an error is part of the result. */
export async function runCase(test: SelftestCase, options: SelftestOptions): Promise<SelftestResult> {
  const { name, proves } = test;
  let undo: () => void = () => {};
  try {
    const scenario = readScenario(selftestScenario(test, writeScript(test, options.runsFolder))) as RunScenario;
    const shards = new LocalShards();
    const watcher = actor(test, shards, (cancel) => {
      undo = cancel;
    });
    const report = await executeOne(scenario, "rehearsal", {
      runsFolder: options.runsFolder,
      watch: () => [watcher],
      signal: options.signal,
      allowedHosts: [],
      say: () => {},
      makeShards: () => shards,
    });
    undo();
    const folder = join(options.runsFolder, report.run);
    const checks = test.checks({ report, account: readAccount(folder), events: readAllEvents(folder) });
    return { name, proves, ok: checks.every(({ ok }) => ok), checks, run: report.run, error: null };
  } catch (error) {
    undo();
    return { name, proves, ok: false, checks: [], run: null, error: (error as Error).message };
  }
}

/** Runs the case's action once the hold has begun and the target's processes are known. */
function actor(test: SelftestCase, shards: LocalShards, acted: (undo: () => void) => void): RunObserver {
  let isDone = test.act === undefined;
  return {
    snapshot({ phase, replicas }) {
      if (isDone || phase !== "hold" || replicas.length === 0) return;
      isDone = true;
      const targetPids = replicas.flatMap(({ pids }) => pids.slice(0, 1));
      acted(test.act?.({ targetPids, shardPids: shards.pids }) ?? (() => {}));
    },
  };
}

/** Writes the case's fault script to the runs folder; returns its path. */
function writeScript({ name, faults, script }: SelftestCase, runsFolder: string): string {
  const folder = resolve(runsFolder, "selftest");
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}.json`);
  writeFileSync(path, `${JSON.stringify({ seed: 1, ...script, faults }, null, 2)}\n`);
  return path;
}
