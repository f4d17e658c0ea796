/** What a stat shows its reader, worked out from its JSON as Grafana does: the last value, its text and its colour. */
import type { DashboardJson } from "./dashboard-queries.ts";
import type { SeriesAnswer } from "./query-check.ts";

export interface StatReading {
  text: string;
  color: string;
}

/** A stat of a board, by its title, for one series or for none; throws when there is no such stat. */
export function readStat({ uid, panels }: DashboardJson, title: string, answer: SeriesAnswer | undefined): StatReading {
  const defaults = panels.find((panel) => panel.type === "stat" && panel.title === title)?.fieldConfig?.defaults;
  if (defaults === undefined) throw new Error(`${uid} has no stat ${title}`);
  const steps = defaults.thresholds?.steps ?? [];
  const value = answer?.values.at(-1);
  if (value === undefined) return { text: defaults.noValue ?? "No data", color: steps[0]?.color ?? "" };
  const mapped = defaults.mappings?.map(({ options }) => options[`${value}`]).find((option) => option !== undefined);
  if (mapped !== undefined) return { text: mapped.text, color: mapped.color };
  return {
    text: `${value}`,
    color: steps.findLast((step) => (step.value ?? Number.NEGATIVE_INFINITY) <= value)?.color ?? "",
  };
}
