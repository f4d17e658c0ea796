/** The figures of a comparison, by kind of scenario: what is read from each run, and what the published comparison has there. */
import { median } from "../../measure/statistics/median.ts";
import { isPublishedVariant, publishedFigures } from "../model/article.ts";
import { capacityOf } from "../model/capacity-block.ts";
import type { Reading, SectionName } from "../model/compare-block.ts";
import { memoryPerConnectionKiB } from "../model/figure.ts";
import { isFigure, type Unit } from "../model/format.ts";
import type { Spread, VariantResult } from "../model/pipeline-block.ts";
import type { Report } from "../model/report.ts";

export interface ComparedFigure {
  section: SectionName;
  name: string;
  /** At most 18 characters, its unit included: the first column of a table 80 columns wide. */
  title: string;
  unit: Unit;
  better: "lower" | "higher";
  nature?: "level" | "events";
  /** Null: not measured. */
  read: (report: Report) => Reading | null;
}

const single = (value: unknown): Reading | null => (isFigure(value) ? { median: value, min: value, max: value, samples: 1, isSpread: false } : null);

/** A figure that is the same each time it is read. */
const exact = (value: number | null): Reading | null => (value === null ? null : { median: value, min: value, max: value, samples: 1, isSpread: true });

const repeated = (spread: Spread | null | undefined, samples: number): Reading | null => (spread ? { ...spread, samples, isSpread: samples > 1 } : null);

/** Several readings of one figure as one: the middle of the medians, the ends of all. */
export function mergeReadings(readings: readonly Reading[]): Reading | null {
  if (readings.length === 0) return null;
  const samples = readings.reduce((sum, reading) => sum + reading.samples, 0);
  return {
    median: median(readings.map((reading) => reading.median)),
    min: Math.min(...readings.map(({ min }) => min)),
    max: Math.max(...readings.map(({ max }) => max)),
    samples,
    isSpread: readings.length > 1 || readings.some(({ isSpread }) => isSpread),
  };
}

/** Peak CPU as the published comparison gives it: a share of the whole machine. */
const cpuPeakShare = ({ usage, host }: Report): number | null =>
  isFigure(usage.target?.cpu.peak) && host.cores > 0 ? usage.target.cpu.peak / host.cores : null;

const usageFigures = (section: SectionName): ComparedFigure[] => [
  { section, name: "rssMiB.steady", title: "memory, MiB", unit: "mebibytes", better: "lower", read: ({ usage }) => single(usage.target?.rssMiB.steady) },
  { section, name: "cpu.mean", title: "CPU mean, cores", unit: "cores", better: "lower", read: ({ usage }) => single(usage.target?.cpu.mean) },
  { section, name: "cpuPeakShare", title: "CPU peak", unit: "share", better: "lower", read: (report) => single(cpuPeakShare(report)) },
];

const connectionFigures: ComparedFigure[] = [
  { section: "connections", name: "held", title: "held at once", unit: "count", better: "higher", read: ({ connections }) => single(connections.peak) },
  ...(["p50", "p99", "p999"] as const).map((rank): ComparedFigure => {
    const title = `push ${rank === "p999" ? "p99.9" : rank}, ms`;
    return {
      section: "connections",
      name: `push.${rank}`,
      title,
      unit: "milliseconds",
      better: "lower",
      read: ({ latencyMs }) => single(latencyMs.push?.[rank]),
    };
  }),
  ...usageFigures("connections"),
  {
    section: "connections",
    name: "memoryPerConnectionKiB",
    title: "KiB a connection",
    unit: "kibibytes",
    better: "lower",
    read: (report) => single(memoryPerConnectionKiB(report)),
  },
  {
    section: "connections",
    name: "disconnects",
    title: "refused, closed",
    unit: "count",
    better: "lower",
    nature: "events",
    read: ({ connections }) => single(connections.refused + connections.closedUnexpectedly),
  },
  { section: "connections", name: "lost", title: "pushes lost", unit: "count", better: "lower", nature: "events", read: ({ pushes }) => single(pushes?.lost) },
];

const apiFigures: ComparedFigure[] = [
  { section: "api", name: "qps", title: "QPS", unit: "perSecond", better: "higher", read: ({ qps }) => single(qps) },
  ...(["p50", "p99", "p999"] as const).map((rank): ComparedFigure => {
    const title = `${rank === "p999" ? "p99.9" : rank}, ms`;
    return {
      section: "api",
      name: `request.${rank}`,
      title,
      unit: "milliseconds",
      better: "lower",
      read: ({ latencyMs }) => single(latencyMs.request?.[rank]),
    };
  }),
  ...usageFigures("api"),
  { section: "api", name: "failed", title: "failed", unit: "count", better: "lower", nature: "events", read: ({ requests }) => single(requests?.failed) },
];

/** The steps of a sweep, each a figure. */
function stepFigures(reports: readonly Report[]): ComparedFigure[] {
  const users = new Set(reports.flatMap(({ steps = [] }) => (steps.length > 1 ? steps.map((step) => step.users) : [])));
  return [...users]
    .sort((a, b) => a - b)
    .map((count) => ({
      section: "api",
      name: `steps.${count}.qps`,
      title: `QPS, ${count} users`,
      unit: "perSecond",
      better: "higher",
      read: ({ steps }) => single(steps?.find((step) => step.users === count)?.qps),
    }));
}

/** The variant of a target that the published comparison measured, and another one. */
const variantsOf = ({ variants = [], target }: Report): { own: VariantResult | undefined; other: VariantResult | undefined } => {
  const own = variants.find(({ name }) => isPublishedVariant(target.name, name));
  return { own, other: variants.find((variant) => variant !== own) };
};

const pipelineFigures: ComparedFigure[] = [
  {
    section: "pipeline",
    name: "ms",
    title: "time, ms",
    unit: "milliseconds",
    better: "lower",
    read: (report) => repeated(variantsOf(report).own?.ms, variantsOf(report).own?.runs ?? 0),
  },
  {
    section: "pipeline",
    name: "otherMs",
    title: "other parser, ms",
    unit: "milliseconds",
    better: "lower",
    read: (report) => repeated(variantsOf(report).other?.ms, variantsOf(report).other?.runs ?? 0),
  },
  { section: "pipeline", name: "linesPerSecond", title: "lines a second", unit: "perSecond", better: "higher", read: (report) => lineRate(report) },
  { section: "pipeline", name: "rssMiB", title: "memory, MiB", unit: "mebibytes", better: "lower", read: (report) => single(variantsOf(report).own?.rssMiB) },
  {
    section: "footprint",
    name: "startUpMs",
    title: "start-up, ms",
    unit: "milliseconds",
    better: "lower",
    read: ({ footprint }) => repeated(footprint?.startUpMs, footprint?.starts ?? 0),
  },
  {
    section: "footprint",
    name: "deployableMiB",
    title: "to deploy, MiB",
    unit: "mebibytes",
    better: "lower",
    read: ({ footprint }) => exact(isFigure(footprint?.deployableBytes) ? footprint.deployableBytes / 2 ** 20 : null),
  },
];

function lineRate(report: Report): Reading | null {
  const { own } = variantsOf(report);
  if (!own?.ms || report.log === undefined) return null;
  const rate = (ms: number): number => (report.log!.lines * 1000) / ms;
  return repeated({ median: rate(own.ms.median), min: rate(own.ms.max), max: rate(own.ms.min) }, own.runs);
}

const capacityFigures: ComparedFigure[] = [
  { section: "capacity", name: "lower", title: "held", unit: "count", better: "higher", read: (report) => exact(capacityOf(report)?.lower ?? null) },
  {
    section: "capacity",
    name: "upper",
    title: "no longer held",
    unit: "count",
    better: "higher",
    // A bound that is not the target's own limit says nothing about the target.
    read: (report) => (capacityOf(report)?.regular === true ? exact(capacityOf(report)?.upper ?? null) : null),
  },
];

/** The figures for these reports of one kind; a sweep has one for each of its steps. */
export function comparedFigures(kind: string, reports: readonly Report[]): ComparedFigure[] {
  switch (kind) {
    case "api":
      return [...apiFigures, ...stepFigures(reports)];
    case "pipeline":
      return pipelineFigures;
    case "capacity":
      return capacityFigures;
    case "soak":
      return connectionFigures.map((figure) => ({ ...figure, section: "soak" }));
    default:
      return connectionFigures;
  }
}

/** The published figure beside a measured one; null where the article has none. */
export function publishedFor(section: SectionName, figure: string, target: string): number | null {
  return publishedFigures[`${section}.${figure}`]?.[target] ?? null;
}
