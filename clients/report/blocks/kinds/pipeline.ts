/** A pipeline run: each variant's figures and answer, and what the target costs to have. */
import { toneOf } from "../../chart/chart.ts";
import { formatFigure, formatMilliseconds, formatNumber, isFigure, notMeasured, plural } from "../../model/format.ts";
import type { Report } from "../../model/report.ts";
import type { LogFacts, Spread, VariantResult } from "../../model/schema/pipeline-block.ts";
import { type Block, count, type Fact, figureColumns } from "../block.ts";

const orAbsent = (value: number | null | undefined, format: (value: number) => string): string =>
  isFigure(value) ? format(value) : "-";

/** "720 to 880", in milliseconds. */
export const spreadText = (value: Spread | null | undefined): string =>
  value ? `${formatMilliseconds(value.min)} to ${formatMilliseconds(value.max)}` : "-";

/** What was parsed, in a line. */
export function logText({ lines, bytes, uniqueUsers, bad, firstBadLine }: LogFacts): string {
  const malformed = bad === 0 ? "no bad line" : `${plural(bad, "bad line")}, the first at ${count(firstBadLine)}`;
  return `${count(lines)} lines, ${formatFigure(bytes / 2 ** 20, "mebibytes")}, ${plural(uniqueUsers, "unique user")}, ${malformed}`;
}

/**
 * How fast the logs of these runs were written beside how fast the fastest of all their variants read them; null where
 * nothing was written.
 */
export function generationText(reports: readonly Report[]): string | null {
  const told = reports.flatMap(({ generation }) => (generation === undefined ? [] : [generation]));
  const slowest = told.sort((a, b) => a.megabytesPerSecond - b.megabytesPerSecond)[0];
  if (slowest === undefined) return null;
  const speed = (megabytes: number): string => `${formatNumber(megabytes)} MB/s`;
  const wrote = `generator: ${speed(slowest.megabytesPerSecond)} written and flushed to disk, before anything was measured`;
  const [fastest] = told
    .flatMap((each) => each.fastest ?? [])
    .sort((a, b) => b.megabytesPerSecond - a.megabytesPerSecond);
  if (fastest === undefined) return wrote;
  const isSlower = slowest.megabytesPerSecond < fastest.megabytesPerSecond;
  const verdict = isSlower
    ? "the log was written more slowly than it was read, but before the measurement, not during it"
    : "the generator is not the bottleneck";
  return `${wrote}; fastest variant: ${fastest.variant}, ${speed(fastest.megabytesPerSecond)} parsed: ${verdict}`;
}

/** What a variant answered, or why it has no figures. */
function outcomeFact({ name, state, ok, why, uniqueUsers, badLines, firstBadLine }: VariantResult): Fact {
  if (!ok)
    return [
      name,
      {
        text: `${state}${why === null ? "" : `: ${why}`}`,
        tone: state === "unavailable" || state === "not-run" ? "none" : "fail",
      },
    ];
  const bad = badLines ? `, ${plural(badLines, "bad line")}, the first at ${count(firstBadLine)}` : "";
  return [name, { text: `right: ${plural(uniqueUsers ?? 0, "user")}${bad}`, tone: "pass" }];
}

/** The variants side by side; null for other kinds. */
export function pipelineBlock(report: Report): Block | null {
  const { variants, log } = report;
  if (variants === undefined) return null;
  const bars = (
    title: string,
    note: string,
    unit: "milliseconds" | "mebibytes",
    read: (variant: VariantResult) => number | null | undefined,
  ) =>
    ({
      kind: "bars",
      title,
      note,
      unit,
      rows: variants.map((variant, index) => ({
        name: variant.name,
        tone: toneOf(index),
        value: read(variant) ?? null,
      })),
    }) as const;
  const rows = variants
    .filter(({ ms }) => ms !== null)
    .map(({ name, ms, parseMs, cpuSeconds, rssMiB, linesPerSecond, relativeToCpython }) => [
      name,
      orAbsent(ms?.median, formatMilliseconds),
      spreadText(ms),
      orAbsent(parseMs?.median, formatMilliseconds),
      orAbsent(cpuSeconds, formatNumber),
      orAbsent(rssMiB, (value) => formatFigure(value, "mebibytes")),
      orAbsent(linesPerSecond, count),
      orAbsent(relativeToCpython, (value) => formatFigure(value, "ratio")),
    ]);
  const generation = generationText([report]);
  const caption =
    "From spawn to exit; parsing is the time that the command itself reports, excluding runtime start-up.";
  const titles = ["time in ms", "median", "min to max", "parsing", "CPU s", "memory", "lines/s", "to CPython"];
  const columns = figureColumns(...titles).map((column, index) => (index === 0 ? { ...column, maxCells: 20 } : column));
  return {
    id: "pipeline",
    title: "Pipeline",
    charts: [
      bars("Time", "median, lower is better", "milliseconds", ({ ms }) => ms?.median),
      bars("Memory", "peak, lower is better", "mebibytes", ({ rssMiB }) => rssMiB),
    ],
    facts: [
      ...(log === undefined ? [] : [["log", `${logText(log)}; every result is checked against it`] as const]),
      ...(rows.length === 0 ? [["time", "no variant was measured"] as const] : []),
      ...variants.map(outcomeFact),
    ],
    ...(rows.length === 0 ? {} : { table: { columns, rows, caption } }),
    ...(generation === null ? {} : { note: generation }),
  };
}

/** Start-up time and deployable size; null where they were not asked for. */
export function footprintBlock({ footprint }: Report): Block | null {
  if (footprint === undefined) return null;
  const { startUpMs, starts, deployableBytes } = footprint;
  const start =
    startUpMs === null
      ? notMeasured
      : `${formatFigure(startUpMs.median, "milliseconds")}, median of ${starts} (${spreadText(startUpMs)})`;
  const size = deployableBytes === null ? notMeasured : formatFigure(deployableBytes / 2 ** 20, "mebibytes");
  return {
    id: "footprint",
    title: "Footprint",
    facts: [
      ["start", `from spawn to healthy ${start}`],
      ["to deploy", `${size}, excluding the language runtime if it is installed separately`],
    ],
  };
}
