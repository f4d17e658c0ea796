/** For tests: API runs from scenario to report, with the rehearsal target's own account. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Interval } from "../../report/model/interval.ts";
import type { Report } from "../../report/model/report.ts";
import type { ApiScenario } from "../../scenario/api-schema.ts";
import { readScenario } from "../../scenario/read-scenario.ts";
import type { RunObserver } from "../coordinate/observer.ts";
import { executeOne } from "../executors.ts";
import { readIntervals } from "../folder/run-folder.ts";

export interface AccountFact {
  what: string;
  kind?: string;
  status?: number;
  [field: string]: unknown;
}

export interface ApiTrial {
  report: Report;
  intervals: Interval[];
  /** The rehearsal target's own account; empty for other targets. */
  account: AccountFact[];
}

export interface TrialOptions {
  faults?: readonly object[];
  signal?: AbortSignal;
  observer?: RunObserver;
}

/** Runs a scenario; fields not given default to those of a short run. */
export async function tryApi(
  target: string,
  fields: Partial<Record<keyof ApiScenario, unknown>>,
  options: TrialOptions = {},
): Promise<ApiTrial> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-api-"));
  try {
    const faults = join(folder, "faults.json");
    if (options.faults !== undefined)
      writeFileSync(faults, JSON.stringify({ users: 1_000_000, faults: options.faults }));
    const own = options.faults === undefined ? {} : { faults };
    const scenario = readScenario({
      kind: "api",
      target,
      users: 5,
      hold: "1s",
      warmUp: "100ms",
      ...own,
      ...fields,
    }) as ApiScenario;
    const report = await executeOne(scenario, target, {
      runsFolder: folder,
      watch: () => (options.observer === undefined ? [] : [options.observer]),
      signal: options.signal ?? new AbortController().signal,
      allowedHosts: [],
      say: () => {},
    });
    const path = join(folder, report.run);
    return { report, intervals: readIntervals(path), account: readAccount(join(path, "account-0.ndjson")) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readAccount(path: string): AccountFact[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as AccountFact);
}

/** Number of requests affected by a fault. */
export function struck(account: readonly AccountFact[], kind: string): number {
  return account.filter((fact) => fact.what === "request-fault" && fact.kind === kind).length;
}
