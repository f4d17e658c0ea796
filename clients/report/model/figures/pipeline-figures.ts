/** Figures of pipeline reports: for limits, for comparison, for the metrics page. */

import type { Report } from "../report.ts";
import type { VariantResult } from "../schema/pipeline-block.ts";
import { referenceVariant } from "./article.ts";

const measured = (report: Report, read: (variant: VariantResult) => number | null | undefined): number[] =>
  (report.variants ?? []).flatMap((variant) => {
    const value = read(variant);
    return typeof value === "number" ? [value] : [];
  });

const most = (values: readonly number[]): number | null => (values.length === 0 ? null : Math.max(...values));
const least = (values: readonly number[]): number | null => (values.length === 0 ? null : Math.min(...values));

/**
 * What a limit of a pipeline scenario may name, over all variants of the run: the worst of them counts. Null: not
 * measured.
 */
export function pipelineFigures(report: Report): Record<string, number | null> {
  const { footprint } = report;
  return {
    "pipelineMs.median": most(measured(report, ({ ms }) => ms?.median)),
    "pipelineMs.max": most(measured(report, ({ ms }) => ms?.max)),
    pipelineCpuSeconds: most(measured(report, ({ cpuSeconds }) => cpuSeconds)),
    pipelineRssMiB: most(measured(report, ({ rssMiB }) => rssMiB)),
    linesPerSecond: least(measured(report, (variant) => variant.linesPerSecond)),
    "startUpMs.median": footprint?.startUpMs?.median ?? null,
    deployableMiB: footprint?.deployableBytes == null ? null : footprint.deployableBytes / 2 ** 20,
  };
}

/** Reports of the same log with each variant set in relation to CPython with ujson, when one of them measured it. */
export function relateToCpython(reports: readonly Report[]): Report[] {
  const logOf = ({ log }: Report): string => JSON.stringify(log ?? null);
  return reports.map((report) => {
    if (report.variants === undefined) return report;
    const alike = reports.filter((other) => logOf(other) === logOf(report)).flatMap(({ variants }) => variants ?? []);
    const reference = alike.find(({ name, ms }) => name === referenceVariant && ms !== null)?.ms?.median ?? null;
    const variants = report.variants.map((variant) => ({
      ...variant,
      relativeToCpython: reference === null || variant.ms === null ? null : variant.ms.median / reference,
    }));
    return { ...report, variants };
  });
}
