/** What is printed of a report: one run's, or the table of several. */
import { type ComparisonReport, comparisonOf } from "../report/model/compare-block.ts";
import type { Report } from "../report/model/report.ts";
import { compareText } from "../report/text/compare-text.ts";
import { renderText } from "../report/text/text.ts";

/** One scenario, once on each target: every figure of it, as a table. */
const isPlain = ({ summary }: ComparisonReport): boolean => summary.scenarios.length === 1 && summary.members.every(({ repeat }) => repeat === 1);

/** The lines of a report without an empty one at the end. `path`: where its files are. */
export function reportText(report: Report, path: string): string {
  const comparison = comparisonOf(report);
  const text = comparison !== null && isPlain(comparison) && comparison.runs.length > 0 ? compareText(comparison.runs) : renderText(report, { path });
  return text.trimEnd();
}
