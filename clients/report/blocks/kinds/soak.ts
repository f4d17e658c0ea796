/**
 * A soak: memory with its fitted slope and the slope's limits, the p99 of the bursts, and what came back after the
 * drain.
 */
import type { Layer, Plot } from "../../chart/chart.ts";
import { latencyScale, linearScale } from "../../chart/scale.ts";
import { extent, type Point, type RangePoint } from "../../chart/series.ts";
import { layerValues, over, timeChart } from "../../chart/time-chart.ts";
import {
  formatBytes,
  formatDuration,
  formatFigure,
  formatMilliseconds,
  isFigure,
  notMeasured,
} from "../../model/format.ts";
import type { Interval } from "../../model/interval.ts";
import type { Report } from "../../model/report.ts";
import {
  type SoakBlock,
  type SoakDrift,
  type SoakGrowth,
  type SoakResidue,
  soakOf,
} from "../../model/schema/soak-block.ts";
import type { Block, Fact, Recorded } from "../block.ts";

const mebibyte = 2 ** 20;
const hourMs = 3_600_000;
const fitPoints = 24;

/** The verdicts, the series and the residue; null for a report of another kind. */
export function soakBlock(report: Report, { intervals }: Recorded): Block | null {
  const soak = soakOf(report);
  if (soak === null) return null;
  const { heldMs, warmUpMs, memory, descriptors, latency, residue, generator, stages } = soak;
  const afterWarmUp = `${formatDuration(Math.max(0, heldMs - warmUpMs))} after a warm-up of ${formatDuration(warmUpMs)}`;
  return {
    id: "soak",
    title: "Soak",
    charts: [
      memoryChart(report, intervals, soak),
      burstChart(report, intervals, soak),
      generatorChart(report, intervals, soak),
    ],
    facts: [
      ["judged", stages === undefined ? afterWarmUp : "each stage separately, without the start of its hold"],
      ["memory", memory === null ? "not watched" : growthText(memory, "bytes")],
      ...memoryFacts(memory),
      ["descriptors", descriptors === null ? "not watched" : growthText(descriptors, "descriptors")],
      ["burst p99", latency === null ? "no stamped push" : driftText(latency)],
      ...residue.map((row): Fact => ["after the drain", residueText(row)]),
      ["generator's memory", growthText(generator.memory, "bytes")],
      ...(generator.processes ?? []).map(
        ({ name, growth, levels }): Fact => [
          `of it ${name}`,
          `${growthText(growth, "bytes")}${levels === null ? "" : `; ${formatBytes(levels.lowest)} to ${formatBytes(levels.highest)} in the last two thirds`}`,
        ],
      ),
      ["generator's descriptors", growthText(generator.descriptors, "descriptors")],
      ["generator's delay", driftText(generator.gap)],
    ],
  };
}

function memoryFacts(memory: SoakGrowth | null): Fact[] {
  if (memory === null || memory.verdict === "too-short") return [];
  const parts = [`${memory.blocks} blocks of ${formatDuration(Math.round(memory.blockMs))}`];
  if (memory.perConnectionHour !== null) parts.push(`${formatBytes(memory.perConnectionHour)} per connection and hour`);
  if (memory.perMillionPushes !== null) parts.push(`${formatBytes(memory.perMillionPushes)} per million pushes`);
  if (memory.projectedMs !== null) parts.push(`its memory limit is reached in ${formatDuration(memory.projectedMs)}`);
  return [["fitted to", parts.join(", ")]];
}

/** "2.31 MiB an hour (95 % limits 1.9 MiB to 2.8 MiB); 55.4 MiB over 24 h, budget 20 MiB: LEAK". */
function growthText(growth: SoakGrowth, unit: "bytes" | "descriptors"): string {
  const put = (value: number | null): string =>
    unit === "bytes" ? formatBytes(value) : isFigure(value) ? `${Math.round(value * 10) / 10}` : notMeasured;
  if (growth.verdict === "too-short")
    return growth.stages === undefined ? "too short to judge" : "not measured: no stage was held long enough";
  const slope = `${put(growth.perHour)} an hour (95 % limits ${put(growth.lower)} to ${put(growth.upper)})`;
  const doubt = growth.dependent ? "; its blocks are still correlated: soak for longer" : "";
  return `${slope}; ${put(growth.projected)} over ${formatDuration(growth.lifetimeMs)}, budget ${put(growth.budget)}: ${growth.verdict === "leak" ? "LEAK" : "steady"}${doubt}${growth.stages === undefined ? "" : `; within ${stageWords(growth.stages)}`}`;
}

const stageWords = (numbers: readonly number[]): string =>
  numbers.length === 1 ? `stage ${numbers[0]}` : `stages ${numbers.slice(0, -1).join(", ")} and ${numbers.at(-1)}`;

/** "first third 12.1 ms, last 12.4 ms; shift 0.3 ms (-0.2 to 0.8), budget 5 ms: steady". */
function driftText({ verdict, firstMs, lastMs, shiftMs, budgetMs, bursts }: SoakDrift): string {
  if (verdict === "too-short" || firstMs === null || lastMs === null || shiftMs === null)
    return `too short to judge (${bursts} bursts, at least 60 are needed)`;
  const signed = (ms: number): string => `${ms < 0 ? "-" : ""}${formatMilliseconds(Math.abs(ms))}`;
  const shift = `${signed(shiftMs.estimate)} ms (${signed(shiftMs.lower)} to ${signed(shiftMs.upper)})`;
  return `first third ${formatMilliseconds(firstMs)} ms, last ${formatMilliseconds(lastMs)} ms; shift ${shift}, budget ${formatMilliseconds(budgetMs ?? 0)} ms: ${verdict === "drift" ? "DRIFT" : "steady"}`;
}

/** "target descriptors 20 before, 31 after (STAYED), 8 more allowed". */
function residueText({ name, label = name, unit, before, after, allowed, ok, decides }: SoakResidue): string {
  const put = (value: number): string => (unit === "bytes" ? formatBytes(value) : formatFigure(value, "count"));
  const verdict = ok ? "" : decides ? " (STAYED)" : " (more than expected)";
  return `${label} ${put(before)} before, ${put(after)} after${verdict}, ${put(allowed)} more allowed${decides ? "" : "; decides nothing: the whole machine's, or the runtime's habit"}`;
}

/** The fitted line, and the band between the lines of its two limits, all through the middle of the blocks. */
export function fittedLayers(growth: SoakGrowth | null, scale: number): Layer[] {
  if (growth === null || growth.anchor === null || growth.perHour === null) return [];
  const { anchor, fromMs, toMs, perHour } = growth;
  const at = (ms: number, slope: number): number => (anchor.level + (slope * (ms - anchor.atMs)) / hourMs) / scale;
  const instants = Array.from(
    { length: fitPoints },
    (_, index) => fromMs + ((toMs - fromMs) * index) / (fitPoints - 1),
  );
  const band = instants.map((x): RangePoint => {
    const ends = [at(x, growth.lower ?? 0), at(x, growth.upper ?? 0)];
    return { x, low: Math.max(0, Math.min(...ends)), high: Math.max(0, ...ends) };
  });
  const line = instants.map((x): Point => ({ x, y: Math.max(0, at(x, perHour)) }));
  return [
    { kind: "band", name: "95 % limits of the slope", tone: 2, points: band },
    { kind: "line", name: "fitted slope", tone: 2, points: line },
  ];
}

function memoryChart(report: Report, intervals: readonly Interval[], { memory }: SoakBlock): Plot {
  return timeChart(report, intervals, {
    id: "chart-soak-memory",
    title: "Target memory and its slope",
    unit: "MiB",
    describe:
      "The line is fitted to the minima of equal blocks; a leak is a slope whose whole band is above zero and a rise beyond the budget.",
    layers: [
      { kind: "line", name: "resident", tone: 3, points: over(intervals, ({ usage }) => usage.target?.rssMiB) },
      ...fittedLayers(memory, mebibyte),
    ],
  });
}

function burstChart(report: Report, intervals: readonly Interval[], { latency }: SoakBlock): Plot {
  const layers: Layer[] = [
    {
      kind: "line",
      name: "burst p99",
      tone: 1,
      points: over(intervals, ({ latencyMs }) => latencyMs.push?.p99),
      dots: true,
    },
  ];
  const span = extent(intervals.map(({ atMs }) => atMs));
  if (latency !== null && latency.firstMs !== null && latency.lastMs !== null && span !== null) {
    const third = (span.high - span.low) / 3;
    const flat = (name: string, fromX: number, y: number): Layer => ({
      kind: "line",
      name,
      tone: 2,
      dashed: true,
      points: [fromX, fromX + third].map((x) => ({ x, y })),
    });
    layers.push(
      flat("median of the first third", span.low, latency.firstMs),
      flat("median of the last third", span.high - third, latency.lastMs),
    );
  }
  return timeChart(report, intervals, {
    id: "chart-soak-p99",
    title: "Burst p99 over the soak",
    unit: "ms",
    describe:
      "The p99 of the pushes in each second that had any; a rise from the first third to the last beyond the budget (default max(10 %, 5 ms)) is a drift.",
    y: latencyScale([...layerValues(layers)].filter(isFigure), 60),
    layers,
  });
}

function generatorChart(report: Report, intervals: readonly Interval[], { generator }: SoakBlock): Plot {
  const layers: Layer[] = [
    { kind: "line", name: "resident", tone: 3, points: over(intervals, ({ usage }) => usage.generator.rssMiB) },
    ...fittedLayers(generator.memory, mebibyte),
  ];
  return timeChart(report, intervals, {
    id: "chart-soak-own",
    title: "Generator memory and its slope",
    unit: "MiB",
    describe: "This must be flat: growth here is a leak of the generator and says nothing about the target.",
    y: linearScale(0, extent(layerValues(layers))?.high ?? 1),
    layers,
  });
}
