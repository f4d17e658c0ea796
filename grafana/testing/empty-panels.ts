import type { Report } from "../../clients/report/model/report.ts";

/** Panels that may be empty, and when. */
export const honestlyEmpty: Record<string, (reports: Map<string, Report>) => boolean> = {
  "holdfast-pipeline / Relative to CPython A": (reports) => !reports.has("reference"),
};
