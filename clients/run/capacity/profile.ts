/**
 * `profile: true` of a capacity search: one more trial at the lower bound with the target under its profiler. A
 * profiler slows the target down, so the trials that decide run without it, and the profiled one decides nothing.
 */
import { join } from "node:path";
import type { Reason, Report } from "../../report/model/report.ts";
import { varied } from "../../scenario/varied.ts";
import { noProfile } from "../prepare/run-profile.ts";
import type { CapacitySetting } from "./setting.ts";
import { runTrial, type TrialOrder } from "./trial.ts";

/** What the profiled trial has in common with those of the search. */
export type ProfileOrder = Pick<TrialOrder, "goals" | "rampPerSecond" | "observers" | "signal">;

/**
 * The report of a search with a profile of its target at `load` connections or pushes per second, or with a note why
 * there is none.
 */
export async function withProfile(
  report: Report,
  setting: CapacitySetting,
  runFolder: string,
  load: number | null,
  order: ProfileOrder,
): Promise<Report> {
  const noted = (note: Reason): Report => ({ ...report, notes: [...report.notes, note] });
  if (load === null)
    return noted({ code: "not-profiled", text: "nothing was profiled: no load was confirmed to hold" });
  const durationMs = order.goals[0]!.finalTrialMs;
  const profile = await setting.startProfile(runFolder, durationMs);
  const refusal = profile.notes.find(({ code }) => code === "not-profiled");
  if (refusal !== undefined) return noted(refusal);
  const trial = { load, durationMs, purpose: "repeat" as const };
  try {
    await runTrial(setting, {
      ...order,
      number: 0,
      trial,
      folder: join(runFolder, "trials", "profile"),
      observers: [...order.observers, profile.observer],
      wrap: profile.wrap,
    });
  } catch (error) {
    return noted(noProfile("server", error));
  }
  const { unit } = varied[setting.scenario.search.vary];
  const text = `the profile is from an extra trial at ${load.toLocaleString("en-US")} ${unit}, run after the search and excluded from its figures`;
  return await profile.finish(noted({ code: "profiled", text }));
}
