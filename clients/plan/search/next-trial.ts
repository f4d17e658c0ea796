/** What a search asks for next. */

/**
 * Why a trial is run: to see at which number connections are turned away, to find a failure, to narrow, to decide a
 * load tried before, to pin a hard count, to confirm the lower bound.
 */
export type TrialPurpose = "climb" | "double" | "bisect" | "repeat" | "pin" | "confirm";

export interface NextTrial {
  load: number;
  durationMs: number;
  purpose: TrialPurpose;
}
