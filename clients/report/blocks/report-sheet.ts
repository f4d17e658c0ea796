/** Any report, laid out: a comparison by its tables, every other kind by its blocks. */
import { comparisonSheet } from "../compare/comparison-sheet.ts";
import { comparisonOf } from "../model/figures/comparison.ts";
import type { Report } from "../model/report.ts";
import type { BlockOf, Recorded } from "./block.ts";
import { runSheet, type Sheet } from "./sheet.ts";

export function sheetOf(report: Report, recorded: Recorded, list?: readonly BlockOf[]): Sheet {
  const comparison = comparisonOf(report);
  return comparison === null ? runSheet(report, recorded, list) : comparisonSheet(comparison, recorded);
}
