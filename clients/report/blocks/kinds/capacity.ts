/** A capacity search: the bounds, whose limit it was, every trial, and how the bounds closed in. */

import { type GoalLatency, goalLatencies, varied } from "../../../scenario/varied.ts";
import type { Layer, Mark, Plot, Tone } from "../../chart/chart.ts";
import { latencyScale, linearScale } from "../../chart/scale.ts";
import type { Point } from "../../chart/series.ts";
import { layerValues, summarize } from "../../chart/time-chart.ts";
import {
  formatDuration,
  formatFigure,
  formatMilliseconds,
  formatShare,
  isFigure,
  notMeasured,
} from "../../model/format.ts";
import type { Report } from "../../model/report.ts";
import {
  type CapacityBlock,
  type CapacityGoal,
  type CapacityTrial,
  capacityOf,
} from "../../model/schema/capacity-block.ts";
import { type Block, type Cell, type Column, count, type Fact } from "../block.ts";

/** What the load is. */
const loadUnit = ({ vary }: CapacityBlock): string => varied[vary].unit;

/** The latencies whose p99 tells how near a load is to what breaks. */
const shownLatencies = ({ vary }: CapacityBlock): GoalLatency[] =>
  varied[vary].main === null ? ["firstEvent", "gap"] : [varied[vary].main];

/** The answer, the pictures and the trials; null for a report of another kind. */
export function capacityBlock(report: Report): Block | null {
  const capacity = capacityOf(report);
  if (capacity === null) return null;
  const { trials, ceiling, elapsedMs, regular, restarted, goals, hardCount } = capacity;
  return {
    id: "capacity",
    title: "Capacity",
    charts: [boundsChart(capacity), latencyChart(capacity), lossChart(capacity)],
    facts: [
      ...goals.map(
        (goal, index): Fact => [
          goal.goal,
          `${goalSentence(capacity, goal)}${index === 0 ? "" : `; limited by ${goal.limitedBy}`}`,
        ],
      ),
      ["limited by", limitSentence(capacity)],
      ...(hardCount === undefined
        ? []
        : [["hard count", `the target holds ${count(hardCount)} connections and rejects any more`] as const]),
      ...(regular ? [] : [["irregular", whyIrregular(capacity)] as const]),
      ...trials.flatMap((trial) => trialSentence(capacity, trial)),
      [
        "search",
        `${trials.length} trials in ${formatDuration(elapsedMs)}, the target ${restarted ? "restarted for each" : "not restarted between them"}`,
      ],
      ["ceiling", `${count(ceiling.load)}: ${ceiling.text}`],
    ],
    table: {
      columns: trialColumns(capacity),
      rows: trials.map((trial) => trialRow(capacity, trial)),
      caption: "Trials, in order",
    },
  };
}

/** "9,000 connections hold, 9,400 do not: push-p99 broke there". */
export function goalSentence(
  capacity: CapacityBlock,
  { lower, upper, regular, confirmed, criterion }: CapacityGoal,
): string {
  const unit = loadUnit(capacity);
  const broke = criterion === null ? "" : `: ${criterion} broke there`;
  const long = !confirmed
    ? ""
    : capacity.hardCount === lower
      ? ", a hard limit of the target"
      : ", confirmed by a long trial";
  if (lower === null)
    return upper === null
      ? "no bound was found"
      : `below ${count(upper)} ${unit}${broke}; no load was confirmed to hold`;
  if (upper === null) return `at least ${count(lower)} ${unit}${long}`;
  if (!regular) return `at least ${count(lower)} ${unit}${long}; ${count(upper)} fails${broke}`;
  return `${count(lower)} ${unit} hold${long}, ${count(upper)} do not${broke}`;
}

/** "limited by latency: it used 0.97 of 1 cores". */
export const limitSentence = ({ limitedBy, evidence }: CapacityBlock): string =>
  `limited by ${limitedBy}${evidence === null ? "" : `: ${evidence}`}`;

/**
 * "20,500 fail: limited by target-descriptors: it had 19,998 of 20,000 descriptors open"; nothing of a trial that
 * passed.
 */
function trialSentence(capacity: CapacityBlock, { number, load, verdict, limitedBy, evidence }: CapacityTrial): Fact[] {
  if (verdict === "pass" || limitedBy === null) return [];
  const what = verdict === "fail" ? "fail" : "say nothing";
  return [
    [
      `trial ${number}`,
      `${count(load)} ${loadUnit(capacity)} ${what}: limited by ${limitedBy}${evidence === null ? "" : `: ${evidence}`}`,
    ],
  ];
}

/** Why there are not two bounds within the width. */
function whyIrregular({ end, limitedBy, ceiling, lower }: CapacityBlock): string {
  if (end === "interrupted") return "the search was stopped; these are the bounds so far";
  if (end === "not-started") return "the target could not be restarted; these are the bounds so far";
  if (end === "trial-budget" || end === "time-budget")
    return `the ${end.replace("-", " ")} was exhausted; these are the bounds so far`;
  if (lower === ceiling.load)
    return `the largest load that could be tried passed: the true limit is higher${ceiling.fix === undefined ? "" : `; to try more: ${ceiling.fix}`}`;
  return limitedBy === "generator"
    ? "the generator or its host reached its limit first"
    : "the bounds are not within the width";
}

function trialColumns(capacity: CapacityBlock): Column[] {
  const figures = (isPageOnly: boolean, ...titles: string[]): Column[] =>
    titles.map((title) => ({ title, align: "right", isPageOnly }));
  return [
    { title: "#", align: "right" },
    ...figures(false, capacity.vary === "connections" ? "load" : loadUnit(capacity), "judged"),
    { title: "verdict" },
    ...figures(false, ...shownLatencies(capacity).map((name) => latencyTitle(name)), lossTitle(capacity)),
    ...figures(false, "closed", "refused"),
    ...figures(true, "CPU", "memory"),
    { title: "purpose", isPageOnly: true },
    { title: "what broke" },
    { title: "evidence", isPageOnly: true },
  ];
}

const latencyTitle = (name: GoalLatency): string =>
  name === "push" ? "p99 ms" : `${goalLatencies[name].title} p99 ms`;

const lossTitle = ({ vary }: CapacityBlock): string => {
  if (vary === "connections" || vary === "rate" || vary === "publish-rate") return "lost+late";
  return vary === "connect-rate" ? "held up" : "failed";
};

/** The p99 of one latency in a trial, milliseconds. */
const p99Of = ({ p99Ms, p99sMs }: CapacityTrial, name: GoalLatency): number | null =>
  name === "push" ? p99Ms : (p99sMs?.[name] ?? null);

function trialRow(capacity: CapacityBlock, trial: CapacityTrial): Cell[] {
  const { verdict, limitedBy, evidence, counters, criterion, lostRatio } = trial;
  const seen = [
    ...(evidence === null ? [] : [`${limitedBy}: ${evidence}`]),
    ...(verdict === "pass" ? [] : counters.slice(0, 4)),
  ];
  return [
    String(trial.number),
    count(trial.load),
    formatDuration(trial.durationMs),
    { text: verdict, tone: verdict },
    ...shownLatencies(capacity).map((name) => {
      const p99Ms = p99Of(trial, name);
      return p99Ms === null ? "-" : formatMilliseconds(p99Ms);
    }),
    lostRatio === null ? "-" : lostRatio === 0 ? "0" : formatShare(lostRatio),
    count(trial.closed),
    count(trial.refused),
    formatFigure(trial.targetCpu, "cores"),
    formatFigure(trial.targetRssMiB, "mebibytes"),
    trial.purpose,
    verdict === "invalid" ? (limitedBy ?? "") : (Object.values(criterion)[0] ?? ""),
    { text: seen.join("; "), isSoft: true },
  ];
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
  const steps = trials.map((_, index) => {
    const seen = trials.slice(0, index + 1);
    const top = Math.min(...seen.filter(({ verdict }) => verdict === "fail").map(({ load }) => load));
    const held = Math.max(
      ...seen
        .filter(({ verdict, purpose, load }) => verdict === "pass" && purpose !== "climb" && load < top)
        .map(({ load }) => load),
    );
    return { x: index + 1, held: Number.isFinite(held) ? held : null, top: Number.isFinite(top) ? top : null };
  });
  return { lower: steps.map(({ x, held }) => ({ x, y: held })), upper: steps.map(({ x, top }) => ({ x, y: top })) };
}

function boundsChart(capacity: CapacityBlock): Plot {
  const { trials } = capacity;
  const { lower, upper } = closingBounds(trials);
  const layers: Layer[] = [
    { kind: "step", name: "passed so far", tone: 1, points: lower },
    { kind: "step", name: "failed so far", tone: "bad", dashed: true, points: upper },
    ...marks(trials, (trial) => ({ x: trial.number, y: trial.load })),
  ];
  return {
    kind: "plot",
    id: "chart-bounds",
    title: "How the bounds converged",
    unit: loadUnit(capacity),
    describe:
      "Each mark is a trial at its load; the two lines are the largest load that passed and the smallest that failed. They should converge to within the width.",
    summary: summarize(layers),
    x: linearScale(0, Math.max(1, trials.length), undefined, 10),
    y: linearScale(0, Math.max(0, ...trials.map(({ load }) => load))),
    xTitle: "trial",
    layers,
    isWide: true,
  };
}

function againstLoad(
  capacity: CapacityBlock,
  chart: Pick<Plot, "id" | "title" | "unit" | "describe">,
  read: (trial: CapacityTrial) => number | null,
): Plot {
  const layers = marks(capacity.trials, (trial) => ({ x: trial.load, y: read(trial) }));
  const values = [...layerValues(layers)].filter(isFigure);
  const bounds: Mark[] = [
    ...(capacity.lower === null ? [] : [{ at: capacity.lower, label: "holds" }]),
    ...(capacity.upper === null ? [] : [{ at: capacity.upper, label: "" }]),
  ];
  return {
    kind: "plot",
    ...chart,
    summary: summarize(layers),
    x: linearScale(0, Math.max(1, ...capacity.trials.map(({ load }) => load))),
    y: chart.unit === "ms" ? latencyScale(values, 30) : linearScale(0, Math.max(0, ...values)),
    xTitle: loadUnit(capacity),
    layers,
    verticals: bounds,
    empty: `${chart.title}: ${notMeasured}.`,
  };
}

function latencyChart(capacity: CapacityBlock): Plot {
  const describe =
    "A knee shows where queues start to grow; a flat line up to the bound means that something else reached its limit.";
  const [first] = shownLatencies(capacity);
  const { title } = goalLatencies[first!];
  return againstLoad(
    capacity,
    {
      id: "chart-load-p99",
      title: `${title[0]!.toUpperCase()}${title.slice(1)} p99 against load`,
      unit: "ms",
      describe,
    },
    (trial) => p99Of(trial, first!),
  );
}

function lossChart(capacity: CapacityBlock): Plot {
  const describe =
    "The worst of refused, closed, and lost or late, as a share; zero below the limit and steep above it is a hard limit.";
  const worst = ({ refused, closed, connections, lostRatio }: CapacityTrial): number =>
    100 * Math.max(refused / connections, closed / connections, lostRatio ?? 0);
  return againstLoad(
    capacity,
    {
      id: "chart-load-loss",
      title: "What failed against load",
      unit: `% of ${varied[capacity.vary].lossOf}`,
      describe,
    },
    worst,
  );
}
