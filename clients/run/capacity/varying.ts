/**
 * What grows in a search, as a value: the run that one load means, how far it can grow, and what a trial of it showed.
 * The search and its trials take one and have heard of none; another quantity is another value.
 */
import type { LimitEvidence } from "../../plan/search/limit-name.ts";
import type { TrialFigures } from "../../plan/search/trial-judgement.ts";
import type { Report } from "../../report/model/report.ts";
import type { CapacityScenario } from "../../scenario/capacity-schema.ts";
import type { RunPlan } from "../run-kind.ts";
import type { Invalid } from "./invalid-run.ts";
import type { TrialWatch } from "./trial-watch.ts";

/** How long a trial takes, milliseconds. */
export interface TrialTimes {
  /** Start of the hold that is not judged. */
  settleMs: number;
  /** The part that is judged. */
  sustainMs: number;
}

/** What a trial showed beside what every trial does. */
export type OwnFigures = Omit<TrialFigures, "opened" | "targetDied" | "invalid"> &
  Pick<LimitEvidence, "streams"> & { invalid: Invalid | null };

export interface Varying {
  /** The run of one load against the scenario's target, its ramp as the scenario says. Throws a ScenarioError. */
  plan(scenario: CapacityScenario, load: number, times: TrialTimes): RunPlan;
  settleMs(scenario: CapacityScenario, load: number): number;
  /** The load's own limit, known by arithmetic; null: what host and target carry is the limit, asked for each load. */
  most(scenario: CapacityScenario): { load: number; text: string } | null;
  /** The smallest load of which the shortest trial sees enough, and the first load, where the preset's is not it. */
  least(scenario: CapacityScenario, shortestMs: number): { load: number; start: number | null };
  /** Connections are its load: a number at which they stop is looked for. */
  readonly countsConnections: boolean;
  /** The ramp is its load: a target that is slower does not slow the next one. */
  readonly rampIsLoad: boolean;
  /** Connections that were refused or lost decide a trial once they are too many, whatever comes. */
  readonly endsEarly: boolean;
  figures(scenario: CapacityScenario, report: Report, watch: TrialWatch, load: number): OwnFigures;
}
