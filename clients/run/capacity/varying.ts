/**
 * What varies in a search, as a value: the run for a given load, how far it can grow, and the figures of a trial. The
 * search and its trials are independent of the quantity; a new quantity is a new value.
 */
import type { LimitEvidence } from "../../plan/search/limit-name.ts";
import type { TrialFigures } from "../../plan/search/trial-judgement.ts";
import type { Report } from "../../report/model/report.ts";
import type { CapacityScenario } from "../../scenario/capacity-schema.ts";
import type { RunPlan } from "../run-kind.ts";
import type { Invalid } from "./invalid-run.ts";
import type { TrialWatch } from "./trial-watch.ts";

/** Duration of a trial, milliseconds. */
export interface TrialTimes {
  /** Start of the hold that is not judged. */
  settleMs: number;
  /** The part that is judged. */
  sustainMs: number;
}

/** Figures of a trial beyond those common to all. */
export type OwnFigures = Omit<TrialFigures, "opened" | "targetDied" | "invalid"> &
  Pick<LimitEvidence, "streams"> & { invalid: Invalid | null };

export interface Varying {
  /** The run for one load against the scenario's target, with the scenario's ramp. Throws a ScenarioError. */
  plan(scenario: CapacityScenario, load: number, times: TrialTimes): RunPlan;
  settleMs(scenario: CapacityScenario, load: number): number;
  /**
   * The load's own limit, if it can be calculated; null: the limit is what host and target carry, checked for each
   * load.
   */
  most(scenario: CapacityScenario): { load: number; text: string } | null;
  /**
   * The smallest load at which the shortest trial is meaningful, and the first load if it differs from the preset's.
   */
  least(scenario: CapacityScenario, shortestMs: number): { load: number; start: number | null };
  /** The load is a number of connections, so a number at which they stop is looked for. */
  readonly countsConnections: boolean;
  /** The ramp itself is the load: a slow target does not slow the next ramp. */
  readonly rampIsLoad: boolean;
  /** Too many refused or lost connections decide a trial early. */
  readonly endsEarly: boolean;
  figures(scenario: CapacityScenario, report: Report, watch: TrialWatch, load: number): OwnFigures;
}
