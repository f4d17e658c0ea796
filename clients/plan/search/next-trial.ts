/** What a search wants to run next. */

/**
 * Why a trial is run: to find the number at which connections are rejected, to find a failure, to narrow the bounds, to
 * decide a load tried before, to pin a hard limit, or to confirm the lower bound.
 */
export type TrialPurpose = "climb" | "double" | "bisect" | "repeat" | "pin" | "confirm";

export interface NextTrial {
  load: number;
  durationMs: number;
  purpose: TrialPurpose;
}
