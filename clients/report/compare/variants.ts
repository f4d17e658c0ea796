/** Pipeline runs of several targets as one table: a row per variant, fastest first, beside the published figures. */
import { type Block, figureColumns } from "../blocks/block.ts";
import { generationText, logText } from "../blocks/kinds/pipeline.ts";
import { type BarChart, toneOf } from "../chart/chart.ts";
import { publishedLoad, publishedRelative, publishedSource, referenceVariant } from "../model/figures/article.ts";
import { relateToCpython } from "../model/figures/pipeline-figures.ts";
import { formatFigure, formatMilliseconds, formatNumber, isFigure } from "../model/format.ts";
import type { Report } from "../model/report.ts";
import type { VariantResult } from "../model/schema/pipeline-block.ts";

const explanation = `time: median from spawn to exit. ratio: relative to ${referenceVariant} here. start: ms from the spawn of the server to healthy; size: MiB to deploy, without the language runtime. ${publishedSource}; there: ${publishedLoad.pipeline}.`;

/** Null where none of the runs is a pipeline. */
export function variantBlock(all: readonly Report[]): Block | null {
  const reports = all.filter(({ kind }) => kind === "pipeline");
  if (reports.length === 0) return null;
  const variants = reports.flatMap((report) => report.variants ?? []);
  const bars = (
    title: string,
    unit: "milliseconds" | "mebibytes",
    read: (variant: VariantResult) => number | null,
  ): BarChart => ({
    kind: "bars",
    title,
    note: "lower is better",
    unit,
    rows: variants.map((variant, index) => ({ name: variant.name, tone: toneOf(index), value: read(variant) })),
  });
  const generation = generationText(reports);
  const columns = figureColumns("variant", "time, ms", "ratio", "published", "CPU s", "MiB", "start", "size");
  return {
    id: "pipelines",
    title: "Pipeline",
    word: "",
    charts: [
      bars("Time", "milliseconds", ({ ms }) => ms?.median ?? null),
      bars("Memory", "mebibytes", ({ rssMiB }) => rssMiB),
    ],
    facts: [["log", logLine(reports)]],
    table: {
      columns: columns.map((column, index) => (index === 0 ? { ...column, maxCells: 16 } : column)),
      rows: rowsOf(reports),
    },
    note: `${explanation}${generation === null ? "" : ` ${generation}.`}`,
  };
}

/** The cells of each variant; those without a time last. */
function rowsOf(reports: readonly Report[]): string[][] {
  const figure = (value: number | null | undefined, format: (value: number) => string): string =>
    isFigure(value) ? format(value) : "-";
  const ratio = (value: number): string => formatFigure(value, "ratio");
  const rows = relateToCpython(reports).flatMap(({ variants = [], footprint }) =>
    variants.map(({ name, ms, state, relativeToCpython, cpuSeconds, rssMiB }) => ({
      order: ms?.median ?? Number.POSITIVE_INFINITY,
      cells: [
        name,
        ms === null ? state : formatMilliseconds(ms.median),
        figure(relativeToCpython, ratio),
        figure(publishedRelative(name), ratio),
        figure(cpuSeconds, formatNumber),
        figure(rssMiB, formatNumber),
        figure(footprint?.startUpMs?.median, formatMilliseconds),
        figure(footprint?.deployableBytes, (bytes) => formatNumber(bytes / 2 ** 20)),
      ],
    })),
  );
  return rows.sort((a, b) => a.order - b.order).map(({ cells }) => cells);
}

/** The logs differ: then nothing is in relation to anything. */
function logLine(reports: readonly Report[]): string {
  const logs = reports.flatMap(({ log }) => (log === undefined ? [] : [log]));
  const [first] = logs;
  const isOne = first !== undefined && logs.every((log) => JSON.stringify(log) === JSON.stringify(first));
  return isOne ? logText(first) : "the runs parsed different logs: not directly comparable";
}
