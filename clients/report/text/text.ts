/** The report for a terminal, 100 columns wide: the verdict first, then what it rests on. Plain text, no colour. */
import { type Latency, latencies, latencyList } from "../../measure/latency.ts";
import { footprintText, pipelineText } from "../html/pipeline-section.ts";
import { profileText } from "../html/profile-section.ts";
import { whyNoLatency, whyNoPushes, whyNoTargetUsage, whyNoVerdict } from "../model/absence.ts";
import { causeRows } from "../model/cause-rows.ts";
import { comparisonOf } from "../model/compare-block.ts";
import { measuredQuantiles, memoryPerConnectionKiB } from "../model/figure.ts";
import { formatDuration, formatFigure, formatInstant, formatMilliseconds, formatShare, isFigure, notMeasured, plural, printable } from "../model/format.ts";
import type { Reason, Report } from "../model/report.ts";
import { passMeaning } from "../model/verdict-meaning.ts";
import { requestBlock, stepBlock } from "./api-text.ts";
import { capacityText } from "./capacity-text.ts";
import { comparisonText } from "./compare-report-text.ts";
import { compressionText, regularityText, slowReadersText, stormText, tlsText } from "./connection-text.ts";
import { soakText } from "./soak-text.ts";
import { cellsOf, pad, textTable, wrap } from "./text-table.ts";

const width = 100;
const indent = 14;

/** A block of a text report: a title for the first column, and the lines beside it. Null: nothing to say. */
export interface TextBlock {
  title: string;
  lines: string[];
}
export type TextSection = (report: Report) => TextBlock | null;

const sections: readonly TextSection[] = [
  reasons,
  capacityText,
  soakText,
  requestBlock,
  stepBlock,
  connections,
  tlsText,
  compressionText,
  stormText,
  pushes,
  regularityText,
  slowReadersText,
  latency,
  usage,
  causeTable,
  limits,
  trust,
  profileText,
  timing,
];
/** A pipeline has no connections, and nothing of ours runs beside it. */
const pipelineSections: readonly TextSection[] = [reasons, pipelineText, footprintText, limits, profileText, timing];

/** `path`: where the run's files are. `sections`: blocks of other kinds, placed before the timing. */
export interface TextOptions {
  path?: string;
  sections?: readonly TextSection[];
}

/** A whole report as lines of at most 100 columns, ended by a newline. */
export function renderText(report: Report, options: TextOptions = {}): string {
  const comparison = comparisonOf(report);
  if (comparison !== null) return comparisonText(comparison, options.path);
  const own = report.kind === "pipeline" ? pipelineSections : sections;
  const all = [...own.slice(0, -1), ...(options.sections ?? []), ...own.slice(-1)];
  const blocks = all.map((section) => section(report)).filter((block) => block !== null && block.lines.length > 0) as TextBlock[];
  if (options.path !== undefined) blocks.push({ title: "Path", lines: wrap(options.path, width - indent) });
  return `${[heading(report), ...blocks.map(renderBlock)].join("\n\n")}\n`;
}

function renderBlock({ title, lines }: TextBlock): string {
  const fitting = lines.flatMap((line) => (cellsOf(line) > width - indent ? wrap(line, width - indent) : [line]));
  return fitting.map((line, index) => `${pad(index === 0 ? title : "", indent, "left")}${line}`.trimEnd()).join("\n");
}

/** The verdict in capitals, or what stands in its place while there is none. */
export function verdictWord(report: Report): string {
  return report.verdict?.toUpperCase() ?? (report.state === "running" ? "RUNNING" : "NO VERDICT");
}

function heading(report: Report): string {
  const { target } = report;
  const replicas = target.replicas > 1 ? `, ${target.replicas} replicas` : "";
  const version = target.version === "" ? "" : ` (${target.version})`;
  const what = `${report.kind} on ${target.name}${version}${replicas}, ${report.protocol}, run ${report.run}`;
  const word = pad(verdictWord(report), indent, "left");
  return wrap(what, width - indent)
    .map((line, index) => `${index === 0 ? word : " ".repeat(indent)}${line}`)
    .join("\n");
}

function reasons(report: Report): TextBlock {
  const said = [...report.reasons, ...report.notes.map((note) => ({ ...note, text: `note: ${note.text}` }))];
  const lines = said.flatMap(reasonLines);
  if (report.verdict === null) lines.unshift(`no verdict: ${whyNoVerdict(report)}`);
  if (report.state === "interrupted") lines.push("the run was interrupted: the figures below are of what ran until then");
  return { title: "Why", lines: lines.length > 0 ? lines : [passMeaning(report)] };
}

function reasonLines({ code, text }: Reason): string[] {
  return wrap(`${text} [${code}]`, width - indent - 2).map((line, index) => (index === 0 ? `- ${line}` : `  ${line}`));
}

const count = (value: unknown) => formatFigure(value, "count");

function connections(report: Report): TextBlock {
  const { planned, opened, refused, notAttempted, attempted, peak, closedByPlan, closedUnexpectedly, reconnects } = report.connections;
  const lines = [
    `${count(planned)} planned = ${count(opened)} opened + ${count(refused)} refused + ${count(notAttempted)} not attempted${remainder(report, planned - opened - refused - notAttempted)}`,
    `${count(attempted)} attempted; at most ${count(peak)} open at once`,
    `${count(closedUnexpectedly)} closed unexpectedly, ${count(closedByPlan)} closed by plan`,
  ];
  if (reconnects.attempted > 0)
    lines.push(`${plural(reconnects.attempted, "reconnect")}: ${count(reconnects.opened)} opened, ${count(reconnects.refused)} refused`);
  return { title: "Connections", lines };
}

/** What an equation still lacks: while a run goes on, what is to come; afterwards it must be nothing, and is told if it is not. */
export function remainder(report: Report, missing: number): string {
  if (missing === 0 || !isFigure(missing)) return "";
  if (report.state === "running" && missing > 0) return ` + ${count(missing)} to come`;
  return ` (OFF BY ${count(missing)})`;
}

function pushes(report: Report): TextBlock | null {
  if (report.requests !== undefined) return null;
  const { pushes: counts } = report;
  if (counts === null) return { title: "Pushes", lines: wrap(`${notMeasured}: ${whyNoPushes(report)}`, width - indent) };
  const lostShare = counts.due > 0 ? ` (${formatShare(counts.lost / counts.due)} lost)` : "";
  const corrupted = counts.corrupted > 0 ? `, ${count(counts.corrupted)} corrupted` : "";
  return {
    title: "Pushes",
    lines: [
      `${count(counts.due)} due = ${count(counts.received)} received + ${count(counts.lost)} lost${remainder(report, counts.due - counts.received - counts.lost)}${lostShare}`,
      `${count(counts.late)} late (part of received), ${count(counts.duplicated)} duplicated, ${count(counts.outOfOrder)} out of order${corrupted}`,
    ],
  };
}

/** Latencies whose absence must be explained; the others are left out when they were not asked for. */
function expectedLatencies(report: Report): Latency[] {
  const expected: Latency[] = report.kind === "api" ? ["request", "generatorGap"] : ["push", "delivery", "tickLag", "generatorGap", "connect"];
  return latencyList.filter((name) => expected.includes(name) || measuredQuantiles(report, name) !== null);
}

function latency(report: Report): TextBlock {
  const rows = expectedLatencies(report).map((name) => {
    const quantiles = measuredQuantiles(report, name);
    const fromTo = `${latencies[name].from} -> ${latencies[name].to}`;
    return { name, quantiles, fromTo };
  });
  const measured = rows.flatMap(({ name, quantiles: q }) =>
    q ? [[latencies[name].title, ...[q.p50, q.p90, q.p99, q.p999, q.max].map(formatMilliseconds), count(q.count)]] : [],
  );
  const columns = ["in ms", "p50", "p90", "p99", "p99.9", "max", "samples"].map((title, index) => ({
    title,
    align: index === 0 ? ("left" as const) : ("right" as const),
  }));
  const table = measured.length > 0 ? textTable(columns, measured) : [];
  const absent = rows
    .filter((row) => row.quantiles === null)
    .flatMap(({ name }) => wrap(`${latencies[name].title}: ${notMeasured}: ${whyNoLatency(report, name)}`, width - indent));
  const meaning = rows.filter((row) => row.quantiles !== null).flatMap(({ name, fromTo }) => wrap(`${latencies[name].title}: ${fromTo}`, width - indent));
  return { title: "Latency", lines: [...table, ...(absent.length > 0 ? absent : []), ...(meaning.length > 0 ? ["", ...meaning] : [])] };
}

function usage(report: Report): TextBlock {
  const target = report.usage.target;
  if (target === null) return { title: "Target", lines: [`${notMeasured}: ${whyNoTargetUsage(report)}`] };
  const each = memoryPerConnectionKiB(report);
  const memory = `memory ${mebibytes(target.rssMiB.steady)} steady, ${mebibytes(target.rssMiB.peak)} peak`;
  const perConnection = each === null ? "" : `, ${formatFigure(each, "kibibytes")} a connection at the peak, its base included`;
  const shared = target.pssMiB
    ? [`of it proportional (shared pages counted once): ${mebibytes(target.pssMiB.steady)} steady, ${mebibytes(target.pssMiB.peak)} peak`]
    : [];
  const threads = isFigure(target.threads) ? `, ${plural(target.threads, "thread")}` : "";
  const cpu = `CPU ${formatFigure(target.cpu.mean, "cores")} cores mean, ${formatFigure(target.cpu.peak, "cores")} in the busiest second`;
  return { title: "Target", lines: [`${memory}${perConnection}`, ...shared, `${cpu}; ${count(target.fds)} descriptors${threads}`] };
}

const mebibytes = (value: unknown) => formatFigure(value, "mebibytes");

function causeTable(report: Report): TextBlock {
  const rows = causeRows(report.connections).map((row) => [row.code === null ? row.cause : `  ${row.code}`, count(row.count), row.sentence]);
  const columns = [
    { title: "cause", align: "left" as const },
    { title: "count", align: "right" as const },
    { title: "", align: "left" as const, width: 52 },
  ];
  return { title: "Causes", lines: rows.length > 0 ? textTable(columns, rows) : ["no connection was refused or has ended"] };
}

function limits(report: Report): TextBlock {
  const rows = report.limits.map(({ limit, atMost, atLeast, measured, ok }) => {
    const bound = [atMost === undefined ? "" : `<= ${limitNumber(atMost)}`, atLeast === undefined ? "" : `>= ${limitNumber(atLeast)}`]
      .filter(Boolean)
      .join(" and ");
    return [ok ? "held" : "MISSED", limit, bound, measured === null ? notMeasured : limitNumber(measured)];
  });
  const columns = ["", "limit", "bound", "measured"].map((title, index) => ({ title, align: index < 3 ? ("left" as const) : ("right" as const), width: 44 }));
  return { title: "Limits", lines: rows.length > 0 ? textTable(columns, rows) : ["the scenario sets none"] };
}

/** A bound or what was measured against it, in the field's own unit: small ratios keep their digits. */
export function limitNumber(value: number): string {
  if (!isFigure(value)) return notMeasured;
  if (Number.isInteger(value)) return count(value);
  return Math.abs(value) < 0.001 ? value.toExponential(1).replace(".0e", "e") : String(Number(value.toPrecision(4)));
}

function trust(report: Report): TextBlock {
  const { trust: evidence, usage: used, host } = report;
  const gap = formatFigure(evidence.gapP99Ms, "milliseconds");
  const each = used.generator.bytesPerConnection;
  return {
    title: "Trust",
    lines: [
      `generator gap p99 ${gap}${gap === notMeasured ? ` (${whyNoLatency(report, "generatorGap")})` : ""}; loop delay at most ${formatFigure(evidence.loopDelayMaxMs, "milliseconds")}`,
      `of ${plural(evidence.reads, "read")}: ${count(evidence.unstampedReads)} unstamped, ${count(evidence.sharedStamps)} with a shared stamp; ${plural(evidence.clockJumps, "clock jump")}`,
      `${report.engine} engine, ${report.clock} clock, ${plural(evidence.shards, "shard")}; the machine is ${host.sharedWithTarget ? "shared with the target" : "not the target's"}`,
      `generator: CPU ${formatFigure(used.generator.cpu.mean, "cores")} cores mean, ${formatFigure(used.generator.cpu.peak, "cores")} peak; memory ${mebibytes(used.generator.rssMiB.peak)} peak${each === null || !isFigure(each) ? "" : `, ${count(each)} bytes a connection`}`,
    ],
  };
}

function timing(report: Report): TextBlock {
  const { startedAt, endedAt, rampMs, heldMs } = report.timing;
  const end = endedAt === null ? (report.state === "running" ? "still running" : "end not recorded") : `ended ${formatInstant(endedAt)}`;
  const span = report.kind === "pipeline" ? `measured for ${formatDuration(heldMs)}` : `ramp ${formatDuration(rampMs)}, held ${formatDuration(heldMs)}`;
  const { host } = report;
  const machine = `${host.name}: ${host.os}, kernel ${host.kernel}, ${host.cpu}, ${plural(host.cores, "core")}, ${mebibytes(host.memoryMiB)}; node ${host.node}, holdfast ${host.holdfast}`;
  return {
    title: "Timing",
    lines: [`started ${formatInstant(startedAt)}, ${span}, ${end}`, ...wrap(printable(machine), width - indent)],
  };
}
