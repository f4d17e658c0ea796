/** The report of a comparison among the others. */
import type { Report, ReportOf } from "../report.ts";

export type ComparisonReport = ReportOf<"compare">;

/** A report as that of a comparison; null for every other kind. */
export const comparisonOf = (report: Report): ComparisonReport | null => (isComparison(report) ? report : null);

const isComparison = (report: Report): report is ComparisonReport =>
  report.kind === "compare" && Array.isArray(report.runs);
