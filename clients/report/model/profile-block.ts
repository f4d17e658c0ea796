/** What a profile adds to a report: where the target spent its time. */

import type { Flame, ProfiledFunction } from "../../measure/profile/call-tree.ts";

export const profileFormats = ["pprof", "pstats", "cpuprofile"] as const;
export type ProfileFormat = (typeof profileFormats)[number];

/** One profile. `file` lies in the run's folder, in the profiler's own format. */
export interface ProfileBlock {
  /** What was profiled: the server, or the name of a pipeline variant. */
  of: string;
  format: ProfileFormat;
  file: string;
  /** Seconds of work the shares are of; waiting is left out where the format can tell it apart. */
  busySeconds: number;
  top: ProfiledFunction[];
  /** `sampled`: stacks as they were; `approximated`: put together from caller and callee times, for the format keeps no stacks. */
  stacks: "sampled" | "approximated";
  flame: Flame;
}
