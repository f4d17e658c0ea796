/** The figures by which runs are compared: one list for the comparison table, the comparison page and the diff. */
import { capacityOf } from "./capacity-block.ts";
import type { Unit } from "./format.ts";
import { isFigure } from "./format.ts";
import { pipelineFigures } from "./pipeline-figures.ts";
import { stampedPushes } from "./push-basis.ts";
import type { Quantiles, Report } from "./report.ts";

/** How the noise of a figure is modelled: a quantile of samples, a count of rare events, or a level read again and again. */
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
  /** The relative difference that is noise when no intervals tell better; where it is absent, the default of the diff. */
  tolerance?: number;
  /** Null: not measured. */
  read: (report: Report) => number | null;
}

const orNull = (value: unknown): number | null => (isFigure(value) ? value : null);

function quantile(latency: "push" | "connect" | "delivery" | "tickLag" | "ping" | "request", rank: "p50" | "p99" | "p999", title: string): Figure {
  return {
    name: `latencyMs.${latency}.${rank}`,
    title,
    unit: "milliseconds",
    better: "lower",
    nature: "quantile",
    floor: 1,
    read: (report) => orNull(report.latencyMs[latency]?.[rank]),
  };
}

/** A bound of a capacity search; the width of the search is its noise. */
function bound(side: "lower" | "upper", title: string): Figure {
  const read = (report: Report): number | null => capacityOf(report)?.[side] ?? null;
  return { name: `capacity.${side}`, title, unit: "count", better: "higher", nature: "level", floor: 1, tolerance: 0.1, read };
}

/** The target's memory at its highest over the most connections open at once, in KiB; the runtime's own base is included. */
export function memoryPerConnectionKiB(report: Report): number | null {
  const memoryMiB = report.usage.target?.rssMiB.peak;
  return isFigure(memoryMiB) && report.connections.peak > 0 ? (memoryMiB * 1024) / report.connections.peak : null;
}

/** The target's CPU time over the run (mean cores x time held and ramped) for each 1,000 pushes that arrived, in milliseconds. */
export function cpuPerThousandPushesMs(report: Report): number | null {
  const [cores, received] = [report.usage.target?.cpu.mean, stampedPushes(report)];
  const durationMs = report.timing.rampMs + report.timing.heldMs;
  return isFigure(cores) && isFigure(received) && received > 0 && isFigure(durationMs) ? (cores * durationMs * 1000) / received : null;
}

/** The target's CPU time for each 1,000 right answers, in milliseconds, over the measured steps of an API run. */
export function cpuPerThousandAnswersMs({ steps = [] }: Report): number | null {
  const known = steps.filter(({ targetCpu, ok }) => isFigure(targetCpu) && ok > 0);
  const answers = known.reduce((sum, { ok }) => sum + ok, 0);
  return answers === 0 ? null : known.reduce((sum, { targetCpu, heldMs }) => sum + (targetCpu ?? 0) * heldMs * 1000, 0) / answers;
}

/** A figure of pipeline runs, the worst variant of each; see {@link pipelineFigures}. */
function pipelineFigure(name: string, title: string, unit: Unit, floor: number): Figure {
  return { name, title, unit, better: "lower", nature: "level", floor, read: (report) => orNull(pipelineFigures(report)[name]) };
}

/** In the order of the comparison table. */
export const figures: readonly Figure[] = [
  bound("lower", "largest load that held"),
  bound("upper", "smallest that failed"),
  {
    name: "connections.peak",
    title: "peak open",
    unit: "count",
    better: "higher",
    nature: "level",
    floor: 10,
    tolerance: 0.001,
    read: (report) => orNull(report.connections.peak),
  },
  {
    name: "connections.refused",
    title: "refused",
    unit: "count",
    better: "lower",
    nature: "events",
    floor: 0,
    read: (report) => orNull(report.connections.refused),
  },
  {
    name: "connections.closedUnexpectedly",
    title: "closed unexpectedly",
    unit: "count",
    better: "lower",
    nature: "events",
    floor: 0,
    read: (report) => orNull(report.connections.closedUnexpectedly),
  },
  {
    name: "pushes.received",
    title: "pushes received",
    unit: "count",
    better: "higher",
    nature: "level",
    floor: 10,
    tolerance: 0.001,
    read: (report) => orNull(report.pushes?.received),
  },
  { name: "pushes.lost", title: "pushes lost", unit: "count", better: "lower", nature: "events", floor: 0, read: (report) => orNull(report.pushes?.lost) },
  { name: "pushes.late", title: "pushes late", unit: "count", better: "lower", nature: "events", floor: 0, read: (report) => orNull(report.pushes?.late) },
  quantile("push", "p50", "push p50"),
  quantile("push", "p99", "push p99"),
  quantile("push", "p999", "push p99.9"),
  quantile("connect", "p99", "time to open p99"),
  { name: "qps", title: "right answers a second", unit: "perSecond", better: "higher", nature: "level", floor: 1, read: (report) => orNull(report.qps) },
  {
    name: "requests.failed",
    title: "requests failed",
    unit: "count",
    better: "lower",
    nature: "events",
    floor: 0,
    read: (report) => orNull(report.requests?.failed),
  },
  quantile("request", "p50", "request p50"),
  quantile("request", "p99", "request p99"),
  quantile("request", "p999", "request p99.9"),
  {
    name: "usage.target.rssMiB.peak",
    title: "memory at peak",
    unit: "mebibytes",
    better: "lower",
    nature: "level",
    floor: 1,
    read: (report) => orNull(report.usage.target?.rssMiB.peak),
  },
  {
    name: "memoryPerConnectionKiB",
    title: "memory per connection",
    unit: "kibibytes",
    better: "lower",
    nature: "level",
    floor: 0.1,
    read: memoryPerConnectionKiB,
  },
  {
    name: "usage.target.cpu.mean",
    title: "CPU mean, cores",
    unit: "cores",
    better: "lower",
    nature: "level",
    floor: 0.02,
    read: (report) => orNull(report.usage.target?.cpu.mean),
  },
  {
    name: "usage.target.cpu.peak",
    title: "CPU peak, cores",
    unit: "cores",
    better: "lower",
    nature: "level",
    floor: 0.1,
    read: (report) => orNull(report.usage.target?.cpu.peak),
  },
  {
    name: "cpuPerThousandPushesMs",
    title: "CPU per 1,000 pushes",
    unit: "milliseconds",
    better: "lower",
    nature: "level",
    floor: 0.5,
    read: cpuPerThousandPushesMs,
  },
  {
    name: "cpuPerThousandAnswersMs",
    title: "CPU per 1,000 answers",
    unit: "milliseconds",
    better: "lower",
    nature: "level",
    floor: 0.5,
    read: cpuPerThousandAnswersMs,
  },
  pipelineFigure("pipelineMs.median", "slowest variant", "milliseconds", 5),
  pipelineFigure("pipelineRssMiB", "largest variant", "mebibytes", 1),
  pipelineFigure("startUpMs.median", "start-up", "milliseconds", 10),
  pipelineFigure("deployableMiB", "size to deploy", "mebibytes", 0.5),
];

/** The rows that a table of these reports needs: a figure no run has measured is left out unless every table shows it. */
export function figuresOf(reports: readonly Report[], always: readonly string[] = alwaysShown): readonly Figure[] {
  const hasPushes = reports.some(({ kind }) => kind !== "api");
  return figures.filter((figure) => (hasPushes && always.includes(figure.name)) || reports.some((report) => figure.read(report) !== null));
}

/** In a table of long connections; an API run has no pushes to lose. */
const alwaysShown = ["connections.peak", "pushes.lost", "latencyMs.push.p99"];

/** The quantiles of one latency when any sample was taken, else null. */
export function measuredQuantiles(report: Report, latency: keyof Report["latencyMs"]): Quantiles | null {
  const quantiles = report.latencyMs[latency];
  return quantiles && quantiles.count > 0 ? quantiles : null;
}
