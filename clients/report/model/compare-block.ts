/** What a comparison adds to a report: `runs`, `summary` and `advice`. */
import type { Unit } from "./format.ts";
import type { Reading } from "./reading.ts";
import type { Report } from "./report.ts";

/** One scenario of a comparison; `name` is its kind, numbered where a kind comes twice. */
export interface ComparedScenario {
  name: string;
  kind: string;
  title: string;
  repeats: number;
  /** How long a run of it is measured, all its steps together; null for one that ends by itself. */
  heldMs: number | null;
}

/** One run of a comparison. */
export interface ComparedMember {
  run: string;
  scenario: string;
  target: string;
  repeat: number;
}

/** A target, or one of its runs, of which there are no figures. */
export interface SkippedRun {
  target: string;
  /** Null: the target could not be used at all. */
  scenario: string | null;
  repeat: number | null;
  text: string;
}

/** One target's cell. Runs that were invalid or cut short are counted and are in no figure. */
export interface SummaryCell {
  reading: Reading | null;
  published: number | null;
}

/** One figure of one scenario, by target. */
export interface SummaryRow {
  scenario: string;
  kind: string;
  section: SectionName;
  figure: string;
  title: string;
  /** The title without the unit; reports of older versions have none. */
  label?: string;
  unit: Unit;
  better: "lower" | "higher";
  nature: "level" | "events";
  cells: Record<string, SummaryCell>;
  /** The figure over that of the target named, least and most from the ends of both spreads. */
  ratios: Record<string, Record<string, Reading | null>>;
}

export const sectionNames = ["connections", "capacity", "api", "pipeline", "footprint", "soak"] as const;
export type SectionName = (typeof sectionNames)[number];

/** How the runs of one scenario on one target ended. */
export interface SummaryOutcome {
  scenario: string;
  target: string;
  /** In the figures. */
  counted: number;
  /** Of these, with a limit missed. */
  failed: number;
  invalid: number;
  interrupted: number;
}

export interface CompareSummary {
  targets: string[];
  scenarios: ComparedScenario[];
  members: ComparedMember[];
  planned: number;
  skipped: SkippedRun[];
  rows: SummaryRow[];
  outcomes: SummaryOutcome[];
}

export type AdviceOutcome = "confirmed" | "refuted" | "undecided";

/** A line of the published advice, or a claim, held against what was measured. */
export interface AdviceResult {
  id: string;
  group: "advice" | "claim";
  need: string;
  says: string;
  because: string;
  outcome: AdviceOutcome;
  /** The figure that decides, with its spread; what is missing when nothing decides. */
  figure: string;
}

export interface ComparisonReport extends Report {
  kind: "compare";
  runs: Report[];
  summary: CompareSummary;
  advice: AdviceResult[];
}

/** A report as that of a comparison; null for every other kind. */
export function comparisonOf(report: Report): ComparisonReport | null {
  return report.kind === "compare" && Array.isArray(report.runs) ? (report as ComparisonReport) : null;
}
