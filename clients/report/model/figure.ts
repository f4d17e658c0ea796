/** The one catalogue of figures by which runs are compared: for tables, pages, summaries over repeats, and diffs. */
import { isPublishedVariant } from "./article.ts";
import { capacityOf } from "./capacity-block.ts";
import type { SectionName } from "./compare-block.ts";
import { isFigure, type Unit } from "./format.ts";
import type { VariantResult } from "./pipeline-block.ts";
import { pipelineFigures } from "./pipeline-figures.ts";
import { latePushes, stampedPushes } from "./push-basis.ts";
import type { Quantiles } from "./quantiles-field.ts";
import { exact, type Reading, repeated, single } from "./reading.ts";
import type { Interval, Report } from "./report.ts";

/**
 * How the noise of a figure is modelled: a quantile of samples, a count of rare events, or a level read again and
 * again.
 */
export type FigureNature = "quantile" | "events" | "level";

/** One figure of a report: where it is read, how it is written, which direction is better. */
export interface Figure {
  /** The field in report.json, or a name of its own when it is computed from several. */
  name: string;
  /** At most 24 characters: the first column of a table 80 columns wide. */
  title: string;
  unit: Unit;
  better: "lower" | "higher";
  nature: FigureNature;
  /** A difference below this is no difference, in the figure's unit. */
  floor: number;
  /**
   * The relative difference that is noise when no intervals tell better; where it is absent, the default of the diff.
   */
  tolerance?: number;
  /** Null: not measured. */
  read: (report: Report) => Reading | null;
  /** Of a quantile, which. */
  quantile?: { latency: keyof Report["latencyMs"]; rank: "p50" | "p99" | "p999" };
  /** Of events, how many there could have been. */
  exposure?: (report: Report) => number | null | undefined;
  /**
   * What one second says about it, null for a second that says nothing; absent where none does (a peak, a count of the
   * whole run).
   */
  readSecond?: (second: Interval, before: Interval | undefined) => number | null;
  /** Who answers more uses more: in a closed loop it says nothing by itself. */
  growsWithAnswers?: true;
  /** What a comparison over repeats calls it; absent where that has no such row. */
  row?: FigureRow;
  /** In no table of single runs and no diff of two, which have it in another form. */
  isSummaryOnly?: true;
}

export interface FigureRow {
  /** `summary.rows[].figure` of report.json. */
  name: string;
  sections: readonly SectionName[];
  /** Where the title is too long for 18 characters with its unit. */
  title?: string;
  /** Left out in a terminal, where there is no room for everything. */
  isPageOnly?: true;
}

const long = ["connections", "soak"] as const;
const loaded = [...long, "api", "streams"] as const;

type Extra = Partial<Omit<Figure, "name" | "title" | "read">>;
type Read = (report: Report) => Reading | number | null | undefined;

function figure(name: string, title: string, read: Read, extra: Extra): Figure {
  const asReading = (value: ReturnType<Read>): Reading | null => (typeof value === "object" ? value : single(value));
  return {
    name,
    title,
    unit: "count",
    better: "lower",
    nature: "level",
    floor: 0,
    ...extra,
    read: (report) => asReading(read(report)),
  };
}

function quantile(
  latency: NonNullable<Figure["quantile"]>["latency"],
  rank: "p50" | "p99" | "p999",
  title: string,
  row: Omit<FigureRow, "name"> | null,
): Figure {
  return figure(`latencyMs.${latency}.${rank}`, title, ({ latencyMs }) => latencyMs[latency]?.[rank], {
    unit: "milliseconds",
    nature: "quantile",
    floor: 1,
    quantile: { latency, rank },
    readSecond: ({ latencyMs }) => (latencyMs[latency]?.count ? latencyMs[latency][rank] : null),
    ...(row === null ? {} : { row: { name: `${latency}.${rank}`, ...row } }),
  });
}

/**
 * The target's memory at its highest over the most connections open at once, in KiB; the runtime's own base is
 * included.
 */
export function memoryPerConnectionKiB({ usage, connections }: Report): number | null {
  const memoryMiB = usage.target?.rssMiB.peak;
  return isFigure(memoryMiB) && connections.peak > 0 ? (memoryMiB * 1024) / connections.peak : null;
}

/**
 * The target's CPU time over the run (mean cores x time held and ramped) for each 1,000 pushes that arrived, in
 * milliseconds.
 */
export function cpuPerThousandPushesMs(report: Report): number | null {
  const [cores, received] = [report.usage.target?.cpu.mean, stampedPushes(report)];
  const durationMs = report.timing.rampMs + report.timing.heldMs;
  return isFigure(cores) && isFigure(received) && received > 0 && isFigure(durationMs)
    ? (cores * durationMs * 1000) / received
    : null;
}

/** The target's CPU time for each 1,000 right answers, in milliseconds, over the measured steps of an API run. */
function cpuPerThousandAnswersMs({ steps = [] }: Report): number | null {
  const known = steps.filter(({ targetCpu, ok }) => isFigure(targetCpu) && ok > 0);
  const answers = known.reduce((sum, { ok }) => sum + ok, 0);
  return answers === 0
    ? null
    : known.reduce((sum, { targetCpu, heldMs }) => sum + (targetCpu ?? 0) * heldMs * 1000, 0) / answers;
}

/** Peak CPU as the published comparison gives it: a share of the whole machine. */
const cpuPeakShare = ({ usage, host }: Report): number | null =>
  isFigure(usage.target?.cpu.peak) && host.cores > 0 ? usage.target.cpu.peak / host.cores : null;

/** The variant of a target that the published comparison measured, and another one. */
const variantsOf = ({
  variants = [],
  target,
}: Report): { own: VariantResult | undefined; other: VariantResult | undefined } => {
  const own = variants.find(({ name }) => isPublishedVariant(target.name, name));
  return { own, other: variants.find((variant) => variant !== own) };
};

function linesPerSecond(report: Report): Reading | null {
  const { own } = variantsOf(report);
  if (!own?.ms || report.log === undefined) return null;
  const { lines } = report.log;
  const rate = (ms: number): number => (lines * 1000) / ms;
  return repeated({ median: rate(own.ms.median), min: rate(own.ms.max), max: rate(own.ms.min) }, own.runs);
}

/** A bound that is not the target's own limit says nothing about the target. */
const ownUpper = (report: Report): Reading | null =>
  exact(capacityOf(report)?.regular === true ? capacityOf(report)?.upper : null);

/** CPU of the seconds after the ramp. */
const steadyCpu = ({ phase, usage }: Interval): number | null =>
  phase === "ramp" ? null : (usage.target?.cpu ?? null);

/** Right answers of a second of the hold; the counts of the intervals are totals. */
function answersOfSecond({ phase, requests, atMs }: Interval, before: Interval | undefined): number | null {
  if (phase !== "hold" || before?.phase !== "hold" || !before.requests || !requests || atMs <= before.atMs) return null;
  return ((requests.ok - before.requests.ok) * 1000) / (atMs - before.atMs);
}

const higher = { better: "higher" } as const;
const events = { nature: "events" } as const;
const summaryOnly = { isSummaryOnly: true } as const;

/** In the order of the tables. The worst variant of a pipeline counts, except in rows of a comparison. */
export const figures: readonly Figure[] = [
  figure("capacity.lower", "largest load that held", (report) => exact(capacityOf(report)?.lower), {
    ...higher,
    floor: 1,
    tolerance: 0.1,
    row: { name: "lower", title: "held", sections: ["capacity"] },
  }),
  figure("capacity.upper", "smallest that failed", (report) => exact(capacityOf(report)?.upper), {
    ...higher,
    floor: 1,
    tolerance: 0.1,
  }),
  figure("capacity.upper", "no longer held", ownUpper, {
    ...higher,
    ...summaryOnly,
    row: { name: "upper", sections: ["capacity"] },
  }),
  figure("connections.peak", "peak open", ({ connections }) => connections.peak, {
    ...higher,
    floor: 10,
    tolerance: 0.001,
    row: { name: "held", title: "held at once", sections: long },
  }),
  figure("connections.refused", "refused", ({ connections }) => connections.refused, {
    ...events,
    exposure: ({ connections }) => connections.planned,
  }),
  figure("connections.closedUnexpectedly", "closed unexpectedly", ({ connections }) => connections.closedUnexpectedly, {
    ...events,
    exposure: ({ connections }) => connections.opened,
  }),
  figure("pushes.received", "pushes received", ({ pushes }) => pushes?.received, {
    ...higher,
    floor: 10,
    tolerance: 0.001,
  }),
  figure("pushes.lost", "pushes lost", ({ pushes }) => pushes?.lost, {
    ...events,
    exposure: ({ pushes }) => pushes?.due,
  }),
  figure("pushes.late", "pushes late", (report) => latePushes(report) ?? undefined, {
    ...events,
    exposure: ({ pushes }) => pushes?.due,
  }),
  quantile("push", "p50", "push p50", { sections: long, isPageOnly: true }),
  quantile("push", "p99", "push p99", { sections: long }),
  quantile("push", "p999", "push p99.9", { sections: long }),
  quantile("connect", "p99", "time to open p99", null),
  figure("qps", "right answers a second", ({ qps }) => qps, {
    ...higher,
    unit: "perSecond",
    floor: 1,
    readSecond: answersOfSecond,
    row: { name: "qps", title: "QPS", sections: ["api"] },
  }),
  figure("requests.failed", "requests failed", ({ requests }) => requests?.failed, {
    ...events,
    exposure: ({ requests }) => requests?.due,
  }),
  quantile("request", "p50", "request p50", { sections: ["api"], isPageOnly: true }),
  quantile("request", "p99", "request p99", { sections: ["api"] }),
  quantile("request", "p999", "request p99.9", { sections: ["api"] }),
  figure("streams.perSecond", "complete streams a second", ({ streams }) => streams?.perSecond, {
    ...higher,
    unit: "perSecond",
    floor: 0.1,
    row: { name: "streamsPerSecond", title: "streams a second", sections: ["streams"] },
  }),
  figure("streams.tokens.perSecond", "tokens a second", ({ streams }) => streams?.tokens?.perSecond, {
    ...higher,
    unit: "perSecond",
    floor: 1,
    row: { name: "tokensPerSecond", title: "tokens a second", sections: ["streams"], isPageOnly: true },
  }),
  figure("streams.failed", "streams failed", ({ streams }) => streams?.failed, {
    ...events,
    exposure: ({ streams }) => streams?.due,
  }),
  quantile("firstEvent", "p50", "first event p50", { sections: ["streams"], isPageOnly: true }),
  quantile("firstEvent", "p99", "first event p99", { sections: ["streams"] }),
  quantile("eventGap", "p99", "gap between events p99", { sections: ["streams"] }),
  quantile("stream", "p99", "stream duration p99", { sections: ["streams"], isPageOnly: true }),
  figure("usage.target.rssMiB.steady", "memory", ({ usage }) => usage.target?.rssMiB.steady, {
    ...summaryOnly,
    unit: "mebibytes",
    row: { name: "rssMiB.steady", sections: loaded },
  }),
  figure("usage.target.rssMiB.peak", "memory at peak", ({ usage }) => usage.target?.rssMiB.peak, {
    unit: "mebibytes",
    floor: 1,
  }),
  figure("usage.target.cpu.mean", "CPU mean", ({ usage }) => usage.target?.cpu.mean, {
    unit: "cores",
    floor: 0.02,
    readSecond: steadyCpu,
    growsWithAnswers: true,
    row: { name: "cpu.mean", sections: loaded, isPageOnly: true },
  }),
  figure("usage.target.cpu.peak", "CPU peak", ({ usage }) => usage.target?.cpu.peak, {
    unit: "cores",
    floor: 0.1,
    growsWithAnswers: true,
  }),
  figure("cpuPeakShare", "CPU peak", cpuPeakShare, {
    ...summaryOnly,
    unit: "share",
    growsWithAnswers: true,
    row: { name: "cpuPeakShare", sections: loaded },
  }),
  figure("memoryPerConnectionKiB", "memory per connection", memoryPerConnectionKiB, {
    unit: "kibibytes",
    floor: 0.1,
    row: { name: "memoryPerConnectionKiB", title: "KiB a connection", sections: long, isPageOnly: true },
  }),
  figure("cpuPerThousandPushesMs", "CPU per 1,000 pushes", cpuPerThousandPushesMs, {
    unit: "milliseconds",
    floor: 0.5,
    readSecond: steadyCpu,
  }),
  figure("cpuPerThousandAnswersMs", "CPU per 1,000 answers", cpuPerThousandAnswersMs, {
    unit: "milliseconds",
    floor: 0.5,
  }),
  figure("disconnects", "refused, closed", ({ connections }) => connections.refused + connections.closedUnexpectedly, {
    ...events,
    ...summaryOnly,
    row: { name: "disconnects", sections: long },
  }),
  figure("pushes.lost", "pushes lost", ({ pushes }) => pushes?.lost, {
    ...events,
    ...summaryOnly,
    row: { name: "lost", sections: long },
  }),
  figure("requests.failed", "failed", ({ requests }) => requests?.failed, {
    ...events,
    ...summaryOnly,
    row: { name: "failed", sections: ["api"] },
  }),
  figure("streams.failed", "failed", ({ streams }) => streams?.failed, {
    ...events,
    ...summaryOnly,
    row: { name: "failed", sections: ["streams"] },
  }),
  figure("variants.ms", "time", (report) => repeated(variantsOf(report).own?.ms, variantsOf(report).own?.runs ?? 0), {
    ...summaryOnly,
    unit: "milliseconds",
    row: { name: "ms", sections: ["pipeline"] },
  }),
  figure(
    "variants.otherMs",
    "other parser",
    (report) => repeated(variantsOf(report).other?.ms, variantsOf(report).other?.runs ?? 0),
    {
      ...summaryOnly,
      unit: "milliseconds",
      row: { name: "otherMs", sections: ["pipeline"] },
    },
  ),
  figure("linesPerSecond", "lines a second", linesPerSecond, {
    ...higher,
    ...summaryOnly,
    unit: "perSecond",
    row: { name: "linesPerSecond", sections: ["pipeline"], isPageOnly: true },
  }),
  figure("variants.rssMiB", "memory", (report) => variantsOf(report).own?.rssMiB, {
    ...summaryOnly,
    unit: "mebibytes",
    row: { name: "rssMiB", sections: ["pipeline"] },
  }),
  figure("pipelineMs.median", "slowest variant", (report) => pipelineFigures(report)["pipelineMs.median"], {
    unit: "milliseconds",
    floor: 5,
  }),
  figure("pipelineRssMiB", "largest variant", (report) => pipelineFigures(report).pipelineRssMiB, {
    unit: "mebibytes",
    floor: 1,
  }),
  figure("startUpMs.median", "start-up", ({ footprint }) => repeated(footprint?.startUpMs, footprint?.starts ?? 0), {
    unit: "milliseconds",
    floor: 10,
    row: { name: "startUpMs", sections: ["footprint"] },
  }),
  figure("deployableMiB", "to deploy", (report) => exact(pipelineFigures(report).deployableMiB), {
    unit: "mebibytes",
    floor: 0.5,
    row: { name: "deployableMiB", sections: ["footprint"] },
  }),
];

/** The steps of a sweep, each a figure of a comparison. */
export function stepFigures(reports: readonly Report[]): Figure[] {
  const users = new Set(reports.flatMap(({ steps = [] }) => (steps.length > 1 ? steps.map((step) => step.users) : [])));
  return [...users]
    .sort((a, b) => a - b)
    .map((of) =>
      figure(`steps.${of}.qps`, `QPS, ${of} users`, ({ steps }) => steps?.find((step) => step.users === of)?.qps, {
        ...higher,
        ...summaryOnly,
        unit: "perSecond",
        row: { name: `steps.${of}.qps`, title: `QPS, ${of} users`, sections: ["api"] },
      }),
    );
}

const unitWords: Partial<Record<Unit, string>> = {
  milliseconds: "ms",
  mebibytes: "MiB",
  kibibytes: "KiB",
  cores: "cores",
};

/** The title with the unit, for cells that have none. */
export const titleWithUnit = ({ title, unit }: Pick<Figure, "title" | "unit">): string =>
  unitWords[unit] === undefined ? title : `${title}, ${unitWords[unit]}`;

/** The catalogue's entry for a row of a comparison; undefined for the steps of a sweep. */
export const figureOfRow = (section: SectionName, name: string): Figure | undefined =>
  figures.find(({ row }) => row?.name === name && row.sections.includes(section));

/** The quantiles of one latency when any sample was taken, else null. */
export function measuredQuantiles({ latencyMs }: Report, latency: keyof Report["latencyMs"]): Quantiles | null {
  return latencyMs[latency]?.count ? latencyMs[latency] : null;
}
