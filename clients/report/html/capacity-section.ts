/** The pictures of a capacity search: what each load gave, and how the bounds closed in. */
import { type CapacityBlock, type CapacityTrial, capacityOf } from "../model/capacity-block.ts";
import { formatDuration, formatFigure, formatMilliseconds, formatShare, isFigure, notMeasured } from "../model/format.ts";
import type { Report } from "../model/report.ts";
import { goalSentence, limitSentence, loadUnit, whyIrregular } from "../text/capacity-text.ts";
import { type Mark, renderChart } from "./chart/chart.ts";
import type { Layer, Tone } from "./chart/layer.ts";
import { latencyScale, linearScale } from "./chart/scale.ts";
import type { Point } from "./chart/series.ts";
import { layerValues, summarize } from "./chart/time-chart.ts";
import { html, type Markup } from "./markup.ts";
import { charts, facts, type Section, table } from "./section.ts";

const count = (value: unknown): string => formatFigure(value, "count");

/** The answer, the pictures and the trials; null for a report of another kind. */
export function capacitySection(report: Report): Section | null {
  const block = capacityOf(report);
  if (block === null) return null;
  const pictures = charts(html`<div class="wide">${boundsChart(block)}</div>`, latencyChart(block), lossChart(block));
  return { id: "capacity", title: "Capacity", body: html`${answer(block)}${pictures}${trialTable(block)}` };
}

function answer(block: CapacityBlock): Markup {
  const unit = loadUnit(block);
  const goals = block.goals.map((goal) => [`Goal ${goal.goal}`, goalSentence(goal, unit)] as const);
  const limit = limitSentence(block);
  return html`${facts([
    ...goals,
    ["Whose limit", `${limit[0]?.toUpperCase()}${limit.slice(1)}`],
    ...(block.regular ? [] : [["Irregular", whyIrregular(block)] as const]),
    ["Search", `${block.trials.length} trials in ${formatDuration(block.elapsedMs)}`],
    ["Ceiling", `${count(block.ceiling.load)}: ${block.ceiling.text}`],
    ["Target", block.restarted ? "started afresh for every trial" : "not restarted between trials"],
  ])}`;
}

const looks = {
  pass: { tone: 1, shape: "filled" },
  fail: { tone: "bad", shape: "square" },
  invalid: { tone: "quiet", shape: "hollow" },
} as const satisfies Record<CapacityTrial["verdict"], { tone: Tone; shape: "filled" | "square" | "hollow" }>;

/** One layer of marks for each verdict that occurred. */
function marks(trials: readonly CapacityTrial[], place: (trial: CapacityTrial) => Point): Layer[] {
  return (["pass", "fail", "invalid"] as const).flatMap((verdict) => {
    const points = trials.filter((trial) => trial.verdict === verdict).map(place);
    return points.length === 0 ? [] : [{ kind: "scatter" as const, name: verdict, points, ...looks[verdict] }];
  });
}

/** The bounds after each trial: the largest load that passed below the smallest that failed, and that one. */
export function closingBounds(trials: readonly CapacityTrial[]): { lower: Point[]; upper: Point[] } {
  const lower: Point[] = [];
  const upper: Point[] = [];
  trials.forEach((_, index) => {
    const seen = trials.slice(0, index + 1);
    const failed = seen.filter(({ verdict }) => verdict === "fail").map(({ load }) => load);
    const top = Math.min(...failed);
    const held = seen.filter(({ verdict, load }) => verdict === "pass" && load < top).map(({ load }) => load);
    lower.push({ x: index + 1, y: held.length === 0 ? null : Math.max(...held) });
    upper.push({ x: index + 1, y: failed.length === 0 ? null : top });
  });
  return { lower, upper };
}

function boundsChart(block: CapacityBlock): Markup {
  const { lower, upper } = closingBounds(block.trials);
  const layers: Layer[] = [
    { kind: "step", name: "passed so far", tone: 1, points: lower },
    { kind: "step", name: "failed so far", tone: "bad", dashed: true, points: upper },
    ...marks(block.trials, (trial) => ({ x: trial.number, y: trial.load })),
  ];
  const highest = Math.max(0, ...block.trials.map(({ load }) => load));
  return renderChart({
    id: "chart-bounds",
    title: "The bounds closing in",
    unit: loadUnit(block),
    describe: "Each mark is a trial at its load; the two lines are the largest that passed and the smallest that failed. They should meet within the width.",
    summary: summarize(layers),
    x: linearScale(0, Math.max(1, block.trials.length), undefined, 10),
    y: linearScale(0, highest),
    xTitle: "trial",
    layers,
  });
}

function againstLoad(
  block: CapacityBlock,
  chart: { id: string; title: string; unit: string; describe: string },
  read: (trial: CapacityTrial) => number | null,
): Markup {
  const layers = marks(block.trials, (trial) => ({ x: trial.load, y: read(trial) }));
  const values = [...layerValues(layers)].filter(isFigure);
  const highest = Math.max(1, ...block.trials.map(({ load }) => load));
  const bounds: Mark[] = [
    ...(block.lower === null ? [] : [{ at: block.lower, label: "holds" }]),
    ...(block.upper === null ? [] : [{ at: block.upper, label: "" }]),
  ];
  return renderChart({
    ...chart,
    summary: summarize(layers),
    x: linearScale(0, highest),
    y: chart.unit === "ms" ? latencyScale(values, 30) : linearScale(0, Math.max(0, ...values)),
    xTitle: loadUnit(block),
    layers,
    verticals: bounds,
    empty: `${chart.title}: ${notMeasured}.`,
  });
}

const latencyChart = (block: CapacityBlock): Markup =>
  againstLoad(
    block,
    {
      id: "chart-load-p99",
      title: "Push p99 against load",
      unit: "ms",
      describe: "A knee shows where queues begin to grow; a flat line up to the bound means that something else gave way.",
    },
    (trial) => trial.p99Ms,
  );

const lossChart = (block: CapacityBlock): Markup =>
  againstLoad(
    block,
    {
      id: "chart-load-loss",
      title: "What failed against load",
      unit: "% of connections or pushes",
      describe: "The worst of refused, closed, and lost or late, as a share; zero below the limit and steep above it is a hard limit.",
    },
    (trial) => 100 * Math.max(trial.refused / trial.connections, trial.closed / trial.connections, trial.lostRatio ?? 0),
  );

function trialTable(block: CapacityBlock): Markup {
  const rows = block.trials.map((trial) => [
    String(trial.number),
    count(trial.load),
    formatDuration(trial.durationMs),
    trial.p99Ms === null ? notMeasured : `${formatMilliseconds(trial.p99Ms)} ms`,
    trial.lostRatio === null ? notMeasured : formatShare(trial.lostRatio),
    count(trial.closed),
    count(trial.refused),
    trial.targetCpu === null ? notMeasured : trial.targetCpu.toFixed(2),
    trial.targetRssMiB === null ? notMeasured : formatFigure(trial.targetRssMiB, "mebibytes"),
    trial.purpose,
    html`<span class="word is-${trial.verdict}">${trial.verdict}</span>`,
    html`${Object.values(trial.criterion)[0] ?? ""}${trial.evidence === null ? null : html` <span class="meaning">${trial.limitedBy}: ${trial.evidence}</span>`}${trial.verdict === "pass" || trial.counters.length === 0 ? null : html` <span class="meaning">${trial.counters.slice(0, 4).join("; ")}</span>`}`,
  ]);
  const titles = ["trial", "load", "judged", "p99", "lost + late", "closed", "refused", "CPU", "memory", "purpose", "", "what broke"];
  return table(titles, rows, { from: 1, to: 9, caption: "Trials, in the order they were run" });
}
