/** A whole report as it is laid out: what stands above the blocks, the blocks, and the line below them. */
import { whyNoLatency, whyNoPushes, whyNoTargetUsage, whyNoVerdict } from "../model/absence.ts";
import { cpuPerThousandPushesMs, memoryPerConnectionKiB } from "../model/figures/derived-figures.ts";
import { measuredQuantiles } from "../model/figures/figure.ts";
import { formatDuration, formatFigure, formatInstant, formatShare, notMeasured } from "../model/format.ts";
import type { Reason, Report } from "../model/report.ts";
import { verdictMeaning } from "../model/verdict/verdict-meaning.ts";
import { type Block, type BlockOf, type CellTone, count, type Recorded } from "./block.ts";
import { logText, spreadText } from "./kinds/pipeline.ts";
import { headline } from "./latency.ts";
import { blocksOf } from "./report-blocks.ts";

export interface Sheet {
  title: string;
  lead: string;
  /** Null for a comparison, which has those of its runs. */
  verdict: VerdictLine | null;
  /** The dozen figures the verdict rests on, as tiles of a page. */
  keys: readonly Key[];
  blocks: readonly Block[];
  footer: string;
  /** Of the run, for what an equation lacks. */
  state: Report["state"];
}

export interface VerdictLine {
  word: string;
  tone: CellTone;
  /** What the verdict means, or why there is none. */
  meaning: string;
  reasons: readonly Reason[];
  notes: readonly Reason[];
  isInterrupted: boolean;
}

export interface Key {
  name: string;
  value: string;
  small: string;
}

/** The report of one run, laid out. */
export function runSheet(report: Report, recorded: Recorded, list?: readonly BlockOf[]): Sheet {
  const { kind, target, host, run, state } = report;
  return {
    title: `${kind} on ${target.name}${target.version === "" ? "" : ` (${target.version})`}`,
    lead: leadText(report),
    verdict: verdictLine(report),
    keys:
      kind === "pipeline"
        ? variantKeys(report)
        : [
            ...connectionKeys(report),
            ...lossKeys(report),
            ...latencyKeys(report),
            ...usageKeys(report),
            gapKey(report),
          ],
    blocks: blocksOf(report, recorded, list),
    footer: `Holdfast ${host.holdfast}, run ${run}. ${fromTo(kind)}`,
    state,
  };
}

/** The verdict in capitals, or what stands in its place while there is none. */
export function verdictWord({ verdict, state }: Pick<Report, "verdict" | "state">): string {
  return verdict?.toUpperCase() ?? (state === "running" ? "RUNNING" : "NO VERDICT");
}

export const verdictTone = ({ verdict }: Pick<Report, "verdict">): CellTone =>
  verdict === "pass" || verdict === "fail" || verdict === "invalid" ? verdict : "none";

function verdictLine(report: Report): VerdictLine {
  const { verdict, reasons, notes, state } = report;
  const meaning = verdict === null ? `no verdict: ${whyNoVerdict(report)}` : verdictMeaning(report, verdict);
  return {
    word: verdictWord(report),
    tone: verdictTone(report),
    meaning,
    reasons,
    notes,
    isInterrupted: state === "interrupted",
  };
}

function leadText({ log, connections, protocol, timing, run }: Report): string {
  const held = timing.heldMs > 0 ? `, held ${formatDuration(timing.heldMs)}` : "";
  const what =
    log === undefined ? `${count(connections.planned)} ${protocol} connections planned${held}` : logText(log);
  return `${what}; ${formatInstant(timing.startedAt)}; run ${run}`;
}

/** From where to where the times run, and what they are made of. */
function fromTo(kind: string): string {
  const merged = "quantiles come from merged histograms and are never averaged.";
  switch (kind) {
    case "pipeline":
      return "Times run from the spawn of a command to its exit; CPU and memory are as reported by the kernel; medians are over the repeats.";
    case "streams":
      return `Times run from when a stream was due (closed loop: requested) to kernel receive stamps; ${merged}`;
    case "api":
      return `Latencies run from when a request was due (closed loop: written) to the kernel's receive stamp of its answer; ${merged}`;
    default:
      return `Latencies run from the tick at which a push was due to the kernel's receive stamp unless stated otherwise; ${merged}`;
  }
}

function connectionKeys({
  connections: { planned, peak, refused, closedUnexpectedly, opened, closedByPlan },
}: Report): Key[] {
  return [
    { name: "Peak open", value: count(peak), small: `of ${count(planned)} planned; ${count(refused)} refused` },
    {
      name: "Closed unexpectedly",
      value: count(closedUnexpectedly),
      small: `of ${count(opened)} opened; ${count(closedByPlan)} closed by plan`,
    },
  ];
}

const ofDue = (lost: number, due: number): string =>
  `of ${count(due)} due${due > 0 ? ` (${formatShare(lost / due)})` : ""}`;

/** Of what is asked or pushed, what got lost. */
function lossKeys(report: Report): Key[] {
  const { pushes, requests, qps, streams } = report;
  if (requests !== undefined) {
    const lost = requests.failed + requests.unanswered + requests.unsent;
    return [
      {
        name: "Correct answers per second",
        value: qps == null ? notMeasured : count(Math.round(qps)),
        small: "in the best step",
      },
      { name: "Requests without a correct answer", value: count(lost), small: ofDue(lost, requests.due) },
    ];
  }
  if (streams !== undefined) {
    const lost = streams.failed + streams.unanswered + streams.unsent;
    const rate = streams.perSecond === null ? notMeasured : formatFigure(streams.perSecond, "perSecond");
    return [
      { name: "Complete streams per second", value: rate, small: `${count(streams.events)} events` },
      { name: "Streams not complete", value: count(lost), small: ofDue(lost, streams.due) },
    ];
  }
  if (pushes === null) return [{ name: "Pushes lost", value: notMeasured, small: whyNoPushes(report) ?? "" }];
  return [
    {
      name: "Pushes lost",
      value: count(pushes.lost),
      small: `${ofDue(pushes.lost, pushes.due)}; ${count(pushes.late)} late`,
    },
  ];
}

function latencyKeys(report: Report): Key[] {
  const name = headline(report);
  const noun = { request: "Request latency", push: "Push latency", firstEvent: "First event" }[name];
  const quantiles = measuredQuantiles(report, name);
  const ms = (value: number): string => formatFigure(value, "milliseconds");
  const [p99, p999] =
    quantiles === null
      ? []
      : [
          `p50 ${ms(quantiles.p50)}; p90 ${ms(quantiles.p90)}`,
          `max ${ms(quantiles.max)}; ${count(quantiles.count)} samples`,
        ];
  const why = whyNoLatency(report, name);
  return [
    { name: `${noun} p99`, value: formatFigure(quantiles?.p99, "milliseconds"), small: p99 ?? why },
    { name: `${noun} p99.9`, value: formatFigure(quantiles?.p999, "milliseconds"), small: p999 ?? why },
  ];
}

function usageKeys(report: Report): Key[] {
  const { target } = report.usage;
  if (target === null) return [{ name: "Target memory and CPU", value: notMeasured, small: whyNoTargetUsage(report) }];
  const each = memoryPerConnectionKiB(report);
  const perThousand = cpuPerThousandPushesMs(report);
  const memory =
    each === null
      ? `${formatFigure(target.rssMiB.steady, "mebibytes")} steady`
      : `${formatFigure(each, "kibibytes")} a connection, base included`;
  const cpu = `${formatFigure(target.cpu.peak, "cores")} in the busiest second${perThousand === null ? "" : `; ${formatFigure(perThousand, "milliseconds")} per 1,000 pushes`}`;
  return [
    { name: "Target memory, peak", value: formatFigure(target.rssMiB.peak, "mebibytes"), small: memory },
    { name: "Target CPU, mean", value: `${formatFigure(target.cpu.mean, "cores")} cores`, small: cpu },
  ];
}

function gapKey(report: Report): Key {
  const value = formatFigure(report.trust.gapP99Ms, "milliseconds");
  const small =
    value === notMeasured
      ? whyNoLatency(report, "generatorGap")
      : "the generator's read delay; not part of the latencies";
  return { name: "Generator gap p99", value, small };
}

function variantKeys({ variants = [] }: Report): Key[] {
  return variants.map(({ name, ms, rssMiB }) => ({
    name,
    value: formatFigure(ms?.median, "milliseconds"),
    small: ms === null ? "" : `${spreadText(ms)}; ${formatFigure(rssMiB, "mebibytes")}`,
  }));
}
