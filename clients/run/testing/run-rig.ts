/** One short run for tests: a scenario against a target, with its report and events. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Report } from "../../report/model/report.ts";
import { readScenario } from "../../scenario/read-scenario.ts";
import type { ConnectionsScenario } from "../../scenario/schema.ts";
import type { RunObserver, TimedEvent } from "../coordinate/observer.ts";
import { executeOne } from "../executors.ts";
import { readAllEvents } from "../folder/run-folder.ts";

export interface TrialRun {
  report: Report;
  events: TimedEvent[];
}

/**
 * Runs a connections scenario given by its fields; leaves nothing behind. `stopAfterMs`: when the run is interrupted.
 */
export async function trialRun(
  fields: Record<string, unknown>,
  watch: RunObserver = {},
  stopAfterMs?: number,
): Promise<TrialRun> {
  const runsFolder = mkdtempSync(join(tmpdir(), "holdfast-trial-"));
  const scenario = readScenario({ kind: "connections", ...fields }) as ConnectionsScenario;
  const signal = stopAfterMs === undefined ? new AbortController().signal : AbortSignal.timeout(stopAfterMs);
  try {
    const options = { runsFolder, watch: () => [watch], signal, allowedHosts: [], say: () => {} };
    const report = await executeOne(scenario, String([scenario.target].flat()[0]), options);
    return { report, events: readAllEvents(join(runsFolder, report.run)) };
  } finally {
    rmSync(runsFolder, { recursive: true, force: true });
  }
}
