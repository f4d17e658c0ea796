/**
 * `profile: true` of a run with a server. The profiler observes the run, because it must know when the hold begins, and
 * adds to the report once the target has exited, because most runtimes write their profile then.
 */
import { resolve } from "node:path";
import type { Reason, Report } from "../../report/model/report.ts";
import type { ProfileBlock } from "../../report/model/schema/profile-block.ts";
import type { ManifestTarget } from "../../target/manifest.ts";
import { profileName, readProfile, ServerProfile } from "../../target/profile.ts";
import type { RunObserver } from "../coordinate/observer.ts";

export const profiledNote: Reason = {
  code: "profiled",
  text: "the target ran under a profiler: its latencies and CPU are not comparable with those of runs without one",
};

export interface RunProfile {
  /** For `startTarget`. */
  wrap: (command: readonly string[], replica: number) => string[];
  /** Must be added to the run's observers. */
  observer: RunObserver;
  /** Notes known before the run ends. */
  notes: Reason[];
  /** The report with the profile, or with a note why there is none. Call when the target has been stopped. */
  finish(report: Report): Promise<Report>;
}

/**
 * Prepares the profile of a target that is about to be started; `holdMs` is the length of the hold. A target that
 * cannot be profiled, such as an external one (null), runs unprofiled.
 */
export async function startProfile(target: ManifestTarget | null, folder: string, holdMs: number): Promise<RunProfile> {
  const profiler = target?.profiler;
  if (target === null || profiler === undefined) {
    const why =
      target === null
        ? "a target given by URL was not started by Holdfast"
        : `target ${target.name} has no profiler in its target.json`;
    return {
      wrap: (command) => [...command],
      observer: {},
      notes: [{ code: "not-profiled", text: `nothing was profiled: ${why}` }],
      finish: async (report) => report,
    };
  }
  const file = profileName(`server-${target.name}`, profiler);
  const profile = await ServerProfile.prepare(profiler, resolve(folder, file));
  let isBegun = false;
  return {
    wrap: (command, replica) => profile.wrap(command, replica),
    observer: {
      phase: (phase) => {
        if (phase !== "hold" || isBegun) return;
        isBegun = true;
        profile.begin(holdMs);
      },
    },
    notes: [profiledNote],
    finish: async (report) => {
      try {
        await profile.settle();
        const summary = await readProfile(target, profiler, profile.path);
        return { ...report, profiles: [...(report.profiles ?? []), blockOf("server", profiler.format, file, summary)] };
      } catch (error) {
        return { ...report, notes: [...report.notes, noProfile("server", error)] };
      }
    },
  };
}

/** A summary as a block of the report. */
export function blockOf(
  of: string,
  format: ProfileBlock["format"],
  file: string,
  summary: Omit<ProfileBlock, "of" | "format" | "file" | "stacks">,
): ProfileBlock {
  return { of, format, file, stacks: format === "pstats" ? "approximated" : "sampled", ...summary };
}

/** The note for a profile that could not be taken; the run continues without it. */
export function noProfile(of: string, error: unknown): Reason {
  return { code: "no-profile", text: `no profile of ${of}: ${(error as Error).message}` };
}
