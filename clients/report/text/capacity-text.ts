/** The capacity block for a terminal: the answer, whose limit it was, and every trial as a line. */
import { type CapacityBlock, type CapacityGoal, type CapacityTrial, capacityOf } from "../model/capacity-block.ts";
import { formatDuration, formatFigure, formatMilliseconds, formatShare } from "../model/format.ts";
import type { Report } from "../model/report.ts";
import type { TextBlock } from "./text.ts";
import { textTable } from "./text-table.ts";

const count = (value: unknown): string => formatFigure(value, "count");

/** What the load is. */
export function loadUnit({ vary }: Pick<CapacityBlock, "vary">): string {
  return vary === "rate" ? "pushes per second" : "connections";
}

/** "9,000 connections hold, 9,400 do not: push-p99 broke there (confirmed by a long trial)". */
export function goalSentence(goal: CapacityGoal, unit: string): string {
  const { lower, upper, regular, confirmed, criterion } = goal;
  const broke = criterion === null ? "" : `: ${criterion} broke there`;
  const long = confirmed ? ", confirmed by a long trial" : "";
  if (lower === null) return upper === null ? "no bound was found" : `below ${count(upper)} ${unit}${broke}; no load was shown to hold`;
  if (upper === null) return `at least ${count(lower)} ${unit}${long}`;
  if (!regular) return `at least ${count(lower)} ${unit}${long}; ${count(upper)} fails${broke}`;
  return `${count(lower)} ${unit} hold${long}, ${count(upper)} do not${broke}`;
}

/** "limited by latency: it used 0.97 of 1 cores". */
export function limitSentence({ limitedBy, evidence }: CapacityBlock): string {
  return `limited by ${limitedBy}${evidence === null ? "" : `: ${evidence}`}`;
}

/** The text section of a capacity run; null for other kinds. */
export function capacityText(report: Report): TextBlock | null {
  const block = capacityOf(report);
  if (block === null) return null;
  const unit = loadUnit(block);
  const [first, ...others] = block.goals;
  const lines = first === undefined ? [] : [`${first.goal}: ${goalSentence(first, unit)}`, limitSentence(block)];
  for (const goal of others) lines.push(`${goal.goal}: ${goalSentence(goal, unit)}; limited by ${goal.limitedBy}`);
  if (!block.regular) lines.push(`irregular: ${whyIrregular(block)}`);
  lines.push(
    `${block.trials.length} trials in ${formatDuration(block.elapsedMs)}; ceiling ${count(block.ceiling.load)} (${block.ceiling.text})`,
    "",
    ...trialTable(block),
  );
  return { title: "Capacity", lines };
}

/** Why there are not two bounds within the width. */
export function whyIrregular({ end, limitedBy, ceiling, lower }: CapacityBlock): string {
  if (end === "interrupted") return "the search was stopped; these are the bounds so far";
  if (end === "not-started") return "the target did not start again; these are the bounds so far";
  if (end === "trial-budget" || end === "time-budget") return `the ${end.replace("-", " ")} was used up; these are the bounds so far`;
  if (lower === ceiling.load)
    return `the most that could be tried passed: the true limit is higher${ceiling.fix === undefined ? "" : `; to try more: ${ceiling.fix}`}`;
  return limitedBy === "generator" ? "the generator or its host gave way first" : "the bounds are not within the width";
}

/** Within the 86 columns beside the title. */
function trialTable({ trials, vary }: CapacityBlock): string[] {
  const titles = ["#", vary === "rate" ? "pushes/s" : "load", "judged", "verdict", "p99 ms", "lost+late", "closed", "refused", "what broke"];
  const columns = titles.map((title, index) => ({
    title,
    align: index === 3 || index === 8 ? ("left" as const) : ("right" as const),
    width: index === 8 ? 19 : 10,
  }));
  return textTable(columns, trials.map(trialRow));
}

function trialRow(trial: CapacityTrial): string[] {
  return [
    String(trial.number),
    count(trial.load),
    formatDuration(trial.durationMs),
    trial.verdict,
    trial.p99Ms === null ? "-" : formatMilliseconds(trial.p99Ms),
    trial.lostRatio === null ? "-" : trial.lostRatio === 0 ? "0" : formatShare(trial.lostRatio),
    count(trial.closed),
    count(trial.refused),
    trial.verdict === "invalid" ? (trial.limitedBy ?? "") : (Object.values(trial.criterion)[0] ?? ""),
  ];
}
