import type { Report } from "../../clients/report/model/report.ts";

/** Panels that may be empty, and when. */
export const honestlyEmpty: Record<string, (reports: Map<string, Report>) => boolean> = {
  // No run here has conversations.
  ...Object.fromEntries(
    ["Beats and requests", "Published messages"].flatMap((title) =>
      [..."ABCDE"].map((refId) => [`holdfast-connections / ${title} ${refId}`, () => true]),
    ),
  ),
  ...Object.fromEntries(
    [..."AB"].map((refId) => [`holdfast-connections / Answers and deliveries, p99 ${refId}`, () => true]),
  ),
  "holdfast-pipeline / Relative to CPython A": (reports) => !reports.has("reference"),
};
