/**
 * Runs side by side, each as it was: every figure, bars where they differ, latency over time, and why one did not pass.
 */
import type { Block, Cell, CellTone } from "../blocks/block.ts";
import { goalSentence, limitSentence } from "../blocks/kinds/capacity.ts";
import { headline } from "../blocks/latency.ts";
import { type Sheet, verdictTone, verdictWord } from "../blocks/sheet.ts";
import { type BarChart, type Layer, type Plot, toneOf } from "../chart/chart.ts";
import { latencyScale, timeScale } from "../chart/scale.ts";
import { extent } from "../chart/series.ts";
import { layerValues, over, summarize } from "../chart/time-chart.ts";
import { type Figure, titleWithUnit } from "../model/figures/figure.ts";
import { figures } from "../model/figures/figures.ts";
import { formatFigure, isFigure } from "../model/format.ts";
import type { Interval } from "../model/interval.ts";
import type { Report } from "../model/report.ts";
import { capacityOf } from "../model/schema/capacity-block.ts";
import { bestOf } from "./summary.ts";
import { targetColumns } from "./tables.ts";
import { variantBlock } from "./variants.ts";

/** One run to compare, with its intervals when there are any. */
export interface ComparedRun {
  report: Report;
  intervals?: readonly Interval[];
}

/** Any number of runs, laid out; pipelines have a table of their own. */
export function runsSheet(runs: readonly ComparedRun[]): Sheet {
  const reports = runs.map(({ report }) => report);
  const names = columnNames(reports);
  const arePipelines = reports.length > 0 && reports.every(({ kind }) => kind === "pipeline");
  const none: Block = { id: "none", title: "Nothing", word: "", note: "no runs to compare" };
  const blocks = [
    ...(runs.length === 0 ? [none] : []),
    ...(arePipelines ? [] : figureBlocks(reports)),
    variantBlock(reports),
    boundBlock(reports),
    ...(arePipelines ? [] : latencyBlocks(runs)),
    reasonBlock(reports),
  ];
  return {
    title: names.length > 0 ? `Comparison: ${names.join(", ")}` : "Comparison",
    lead: leadOf(reports),
    verdict: null,
    keys: [],
    blocks: blocks.filter((block) => block !== null),
    footer:
      "Holdfast. Best figures among the runs that passed are set in bold. Quantiles come from merged histograms and are never averaged.",
    state: "finished",
  };
}

function leadOf(reports: readonly Report[]): string {
  const [first] = reports;
  if (first === undefined) return "No runs to compare.";
  const { host, log, connections } = first;
  const machine = reports.every((report) => report.host.name === host.name)
    ? `all on ${host.name} (${host.cpu}, ${host.cores} cores)`
    : "on different machines: not directly comparable";
  return `${reports.length} runs, ${log === undefined ? `${formatFigure(connections.planned, "count")} connections planned` : "the same log for each"}, ${machine}`;
}

/** One name per report: the target's, with a number where two reports share it. */
function columnNames(reports: readonly Report[]): string[] {
  return reports.map(({ target: { name } }, index) => {
    const before = reports.slice(0, index).filter(({ target }) => target.name === name).length;
    return before === 0 ? name : `${name} #${before + 1}`;
  });
}

/** In a table of long connections, measured or not; an API run has no pushes to lose. */
const alwaysShown = ["connections.peak", "pushes.lost", "latencyMs.push.p99"];

/**
 * A row per figure, a column per run: a figure that no run has measured is left out. With bars for each in which two of
 * them differ.
 */
export function figureBlocks(reports: readonly Report[]): Block[] {
  if (reports.length === 0) return [];
  const names = columnNames(reports);
  const hasPushes = reports.some(({ kind }) => kind !== "api" && kind !== "streams");
  const shown = figures.filter(
    (figure) =>
      !figure.isSummaryOnly &&
      ((hasPushes && alwaysShown.includes(figure.name)) || reports.some((report) => figure.read(report) !== null)),
  );
  const rows = shown.map((figure): Cell[] => {
    const best = bestAmong(figure, reports, names);
    const cells = reports.map(
      (report, index): Cell => ({
        text: formatFigure(figure.read(report)?.median, figure.unit),
        isBest: names[index] === best,
      }),
    );
    return [figure.unit === "cores" ? titleWithUnit(figure) : figure.title, ...cells];
  });
  const verdicts = [
    "verdict",
    ...reports.map((report): Cell => ({ text: verdictWord(report), tone: verdictTone(report) })),
  ];
  const bars = shown.flatMap((figure) => barsOf(figure, reports, names));
  return [
    {
      id: "figures",
      title: "Figures",
      word: "",
      table: { columns: targetColumns(names, { title: 22, cell: 12 }), rows: [...rows, verdicts], columnsAtOnce: 4 },
    },
    ...(bars.length === 0 ? [] : [{ id: "bars", title: "Side by side", charts: bars, isPageOnly: true as const }]),
  ];
}

/** Only among runs that passed: fast and wrong is not best. */
function bestAmong({ read, better }: Figure, reports: readonly Report[], names: readonly string[]): string | null {
  const cells = reports.map((report, index) => [
    names[index],
    { reading: report.verdict === "pass" ? read(report) : null, published: null },
  ]);
  return bestOf({ cells: Object.fromEntries(cells), better });
}

function barsOf(
  { title, better, unit, read }: Figure,
  reports: readonly Report[],
  names: readonly string[],
): BarChart[] {
  const values = reports.map((report) => read(report)?.median ?? null);
  const known = values.filter(isFigure);
  if (known.length < 2 || known.every((value) => value === known[0])) return [];
  return [
    {
      kind: "bars",
      title,
      note: `${better} is better`,
      unit,
      rows: values.map((value, index) => ({ name: names[index] ?? "", tone: toneOf(index), value })),
    },
  ];
}

/** What each capacity search found, and whose limit it was; null when none of the runs is one. */
export function boundBlock(reports: readonly Report[]): Block | null {
  const names = columnNames(reports);
  const facts = reports.flatMap((report, index) => {
    const capacity = capacityOf(report);
    return capacity === null
      ? []
      : capacity.goals.map(
          (goal) =>
            [
              names[index] ?? "",
              `${capacity.goals.length > 1 ? `${goal.goal}: ` : ""}${goalSentence(capacity, goal)}; ${limitSentence(capacity)}`,
            ] as const,
        );
  });
  return facts.length === 0 ? null : { id: "bounds", title: "Capacity", word: "", facts };
}

/** The p99 of every run over time, each from its own start. */
export function latencyBlocks(runs: readonly ComparedRun[]): Block[] {
  const names = columnNames(runs.map(({ report }) => report));
  const layers = runs.map(({ report, intervals = [] }, index): Layer => {
    const points = over(intervals, ({ latencyMs }) => latencyMs[headline(report)]?.p99);
    return { kind: "line", name: names[index] ?? "", tone: toneOf(index), dashed: index >= 6, dots: true, points };
  });
  const values = [...layerValues(layers)].filter(isFigure);
  if (values.length === 0) return [];
  const y = latencyScale(values, 20);
  const chart: Plot = {
    kind: "plot",
    id: "chart-compare-p99",
    title: "p99 latency over time",
    unit: `ms, each second${y.kind === "log" ? ", log scale" : ""}`,
    describe:
      "Time counts from the start of each run; a line that rises while the others stay flat is a target with a growing queue.",
    summary: summarize(layers),
    x: timeScale(0, extent(runs.map(({ intervals }) => intervals?.at(-1)?.atMs))?.high ?? 1000),
    y,
    xTitle: "time since each run's start",
    layers,
    isTall: true,
    isWide: true,
  };
  return [{ id: "latency", title: "Latency over time", charts: [chart], isPageOnly: true }];
}

/** Why a run did not pass. */
function reasonBlock(reports: readonly Report[]): Block | null {
  const names = columnNames(reports);
  const facts = reports.flatMap(({ reasons, verdict }, index) =>
    verdict === "pass" ? [] : reasons.map(({ code, text }) => [names[index] ?? "", `${text} [${code}]`] as const),
  );
  return facts.length === 0 ? null : { id: "reasons", title: "Why", word: "", facts };
}

/** The colour of a run's verdict where it stands for the run. */
export const runTone = (report: Report): CellTone => (report.state === "finished" ? verdictTone(report) : "none");
