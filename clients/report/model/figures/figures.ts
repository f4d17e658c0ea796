/** The one catalogue of figures by which runs are compared: for tables, pages, summaries over repeats, and diffs. */

import { latePushes } from "../push-basis.ts";
import type { Report } from "../report.ts";
import { capacityOf } from "../schema/capacity-block.ts";
import type { SectionName } from "../schema/compare-block.ts";
import {
  answersOfSecond,
  cpuPeakShare,
  cpuPerThousandAnswersMs,
  cpuPerThousandPushesMs,
  linesPerSecond,
  memoryPerConnectionKiB,
  ownUpper,
  steadyCpu,
  variantsOf,
} from "./derived-figures.ts";
import { type Figure, figure, quantile } from "./figure.ts";
import { pipelineFigures } from "./pipeline-figures.ts";
import { exact, repeated } from "./reading.ts";

const long = ["connections", "soak"] as const;
const loaded = [...long, "api", "streams"] as const;

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
  figure("qps", "correct answers per second", ({ qps }) => qps, {
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
  figure("streams.perSecond", "complete streams per second", ({ streams }) => streams?.perSecond, {
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
  quantile("firstEvent", "p99", "1st event p99", { sections: ["streams"] }),
  quantile("eventGap", "p99", "event gap p99", { sections: ["streams"] }),
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

/** The catalogue's entry for a row of a comparison; undefined for the steps of a sweep. */
export const figureOfRow = (section: SectionName, name: string): Figure | undefined =>
  figures.find(({ row }) => row?.name === name && row.sections.includes(section));
