/**
 * The tables of a comparison: a block per scenario and section, a column per target, the published figures below the
 * measured ones.
 */
import type { Block, Cell, Column, Table } from "../blocks/block.ts";
import { toneOf } from "../chart/chart.ts";
import { publishedLoad, publishedSource } from "../model/figures/article.ts";
import { figureOfRow } from "../model/figures/figures.ts";
import type { Reading } from "../model/figures/reading.ts";
import {
  formatFigure,
  formatMilliseconds,
  formatNumber,
  formatShare,
  notMeasured,
  type Unit,
} from "../model/format.ts";
import type {
  ComparedScenario,
  CompareSummary,
  SectionName,
  SummaryOutcome,
  SummaryRow,
} from "../model/schema/compare-block.ts";
import { bestOf } from "./summary.ts";

const sectionTitles: Readonly<Record<SectionName, string>> = {
  connections: "Long connections",
  capacity: "Most connections held",
  api: "API",
  streams: "Streams",
  pipeline: "Pipeline",
  footprint: "Footprint",
  soak: "Soak",
};
/** The figures of the article's three axes, as bars. */
const drawn: readonly string[] = [
  "push.p99",
  "qps",
  "request.p99",
  "firstEvent.p99",
  "rssMiB.steady",
  "ms",
  "startUpMs",
  "deployableMiB",
  "lower",
];

/** Columns of a table with a target in each; four fit into a terminal. */
export const targetColumns = (targets: readonly string[], most = { title: 18, cell: 15 }): Column[] => [
  { title: "", maxCells: most.title },
  ...targets.map((title): Column => ({ title, align: "right", maxCells: most.cell })),
];

/** Every table, in the order of the scenarios, and where the published figures come from. */
export function tableBlocks(summary: CompareSummary): Block[] {
  const tables = summary.scenarios.flatMap((scenario) => {
    const rows = summary.rows.filter((row) => row.scenario === scenario.name);
    const sections = [...new Set(rows.map(({ section }) => section))];
    const isRun = summary.members.some((member) => member.scenario === scenario.name);
    const own = (scenario.kind in sectionTitles ? scenario.kind : "connections") as SectionName;
    return (sections.length === 0 && isRun ? [own] : sections).map((section) => tableBlock(summary, scenario, section));
  });
  const hasPublished = summary.rows.some(({ cells }) =>
    Object.values(cells).some(({ published }) => published !== null),
  );
  const source: Block[] = hasPublished
    ? [{ id: "source", title: "Where the published figures come from", word: "", note: `${publishedSource}.` }]
    : [];
  return [...tables.map((block, index) => ({ ...block, id: `table-${index}` })), ...source];
}

function tableBlock(summary: CompareSummary, scenario: ComparedScenario, section: SectionName): Omit<Block, "id"> {
  const { targets } = summary;
  const all = summary.rows.filter((row) => row.scenario === scenario.name && row.section === section);
  const runs = targets.map((target) =>
    outcomeText(summary.outcomes.find((one) => one.scenario === scenario.name && one.target === target)),
  );
  const load = publishedLoad[section];
  const hasPublished = all.some(({ cells }) => Object.values(cells).some(({ published }) => published !== null));
  const rows = (shown: readonly SummaryRow[]): Cell[][] => [
    ...shown.flatMap((row) => tableRows(row, targets, load)),
    ...(section === "footprint" ? [] : [["runs", ...runs]]),
  ];
  const bars = all
    .filter(({ figure }) => drawn.includes(figure))
    .map(({ label, title, better, unit, cells }) => ({
      kind: "bars" as const,
      title: label ?? title,
      note: `${better} is better`,
      unit,
      rows: targets.map((name, index) => ({ name, tone: toneOf(index), value: cells[name]?.reading?.median ?? null })),
    }));
  const table: Table = {
    columns: targetColumns(targets),
    rows: rows(all),
    columnsAtOnce: 4,
    caption: "median of the repeats, with minimum and maximum below",
  };
  return {
    title: section === "footprint" ? sectionTitles.footprint : `${sectionTitles[section]}: ${scenario.title}`,
    charts: bars,
    table: { ...table, terminal: { columns: table.columns, rows: rows(all.filter(isForTerminal)) } },
    ...(hasPublished && load !== undefined ? { note: `published: ${load}` } : {}),
  };
}

/** A terminal has no room for every figure, and events that nobody had need no row. */
function isForTerminal({ section, figure, nature, cells }: SummaryRow): boolean {
  return (
    figureOfRow(section, figure)?.row?.isPageOnly !== true &&
    (nature === "level" || Object.values(cells).some(({ reading }) => (reading?.max ?? 0) > 0))
  );
}

function tableRows(row: SummaryRow, targets: readonly string[], load: string | undefined): Cell[][] {
  const best = bestOf(row);
  const cells = targets.map((target): Cell => {
    const reading = row.cells[target]?.reading ?? null;
    // Go and Node.js have one parser; there is nothing that was not measured.
    if (reading === null) return row.figure === "otherMs" ? "-" : notMeasured;
    const { min, max, samples } = reading;
    const range =
      samples < 2 || min === max ? {} : { detail: `${plainFigure(min, row.unit)} to ${plainFigure(max, row.unit)}` };
    return { text: readingText(reading, row), isBest: target === best, ...range };
  });
  const published = targets.map((target) => row.cells[target]?.published ?? null);
  if (published.every((value) => value === null)) return [[row.title, ...cells]];
  const heading = { text: "  published", ...(load === undefined ? {} : { detail: load }) };
  return [
    [row.title, ...cells],
    [heading, ...published.map((value) => (value === null ? "-" : plainFigure(value, row.unit)))],
  ];
}

/** A figure without its unit, which the row's title has. */
function plainFigure(value: number, unit: Unit): string {
  if (unit === "milliseconds") return formatMilliseconds(value);
  if (unit === "share") return formatShare(value);
  if (unit === "mebibytes" || unit === "kibibytes" || unit === "perSecond") return formatNumber(value);
  return formatFigure(value, unit);
}

/** "1,234 ±5%"; rare events as "0 to 3". */
function readingText(
  { median, min, max, isSpread, samples }: Reading,
  { unit, nature }: Pick<SummaryRow, "unit" | "nature">,
): string {
  if (nature === "events")
    return min === max ? plainFigure(min, unit) : `${plainFigure(min, unit)} to ${plainFigure(max, unit)}`;
  const share = isSpread && samples > 1 && median > 0 ? Math.max(max - median, median - min) / median : 0;
  return share < 0.005 ? plainFigure(median, unit) : `${plainFigure(median, unit)} ±${(share * 100).toFixed(0)}%`;
}

/** How many runs a cell's figures are of, in at most 13 characters. */
function outcomeText(outcome: SummaryOutcome | undefined): string {
  const { counted, failed, invalid, interrupted } = outcome ?? { counted: 0, failed: 0, invalid: 0, interrupted: 0 };
  const all = counted + invalid + interrupted;
  if (all === 0) return "not run";
  if (invalid + interrupted > 0)
    return counted === 0 ? (invalid > 0 ? "INVALID" : "cut short") : `${counted} of ${all} valid`;
  return failed === 0
    ? `${counted} pass`
    : failed === counted
      ? `${failed} FAIL`
      : `${counted - failed} pass ${failed} FAIL`;
}

/**
 * Every figure over that of each reference, a block for each; rare events, and what was asked for, are in relation to
 * nothing.
 */
export function ratioBlocks({ rows, targets }: CompareSummary): Block[] {
  const references = [...new Set(rows.flatMap(({ ratios }) => Object.keys(ratios)))];
  return references.map((reference, index) => ({
    id: `ratios-${index}`,
    title: `Relative to ${reference}`,
    isPageOnly: true,
    table: {
      columns: targetColumns(targets),
      rows: rows
        .filter(
          ({ nature, figure, ratios }) => nature === "level" && figure !== "held" && ratios[reference] !== undefined,
        )
        .map(({ scenario, title, ratios }) => [
          `${scenario}: ${title}`,
          ...targets.map((target) => ratioText(ratios[reference]?.[target] ?? null)),
        ]),
      caption: "minimum and maximum are the widest that both spreads allow",
    },
  }));
}

/** A figure over that of a reference: "2.10x (1.95x to 2.30x)". */
function ratioText(ratio: Reading | null): string {
  if (ratio === null) return notMeasured;
  const { median, min, max, samples } = ratio;
  return `${formatFigure(median, "ratio")}${samples < 2 || min === max ? "" : ` (${formatFigure(min, "ratio")} to ${formatFigure(max, "ratio")})`}`;
}
