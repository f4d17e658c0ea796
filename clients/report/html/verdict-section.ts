/** What a reader wants first: the verdict with its reasons, and the dozen figures it rests on. */
import { whyNoLatency, whyNoPushes, whyNoTargetUsage, whyNoVerdict } from "../model/absence.ts";
import { cpuPerThousandPushesMs, measuredQuantiles, memoryPerConnectionKiB } from "../model/figure.ts";
import { formatFigure, formatShare, notMeasured } from "../model/format.ts";
import type { Reason, Report } from "../model/report.ts";
import { verdictMeaning } from "../model/verdict-meaning.ts";
import { verdictWord } from "../text/text.ts";
import { html, type Markup } from "./markup.ts";

const count = (value: unknown) => formatFigure(value, "count");

/** The class that colours a verdict. */
export function verdictClass(report: Report): string {
  return `is-${report.verdict === "pass" || report.verdict === "fail" || report.verdict === "invalid" ? report.verdict : "none"}`;
}

const sentence = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;

/** The banner: the word, what it means, why. */
export function verdictBanner(report: Report): Markup {
  const meaning = sentence(report.verdict === null ? whyNoVerdict(report) : verdictMeaning(report, report.verdict));
  const interrupted = report.state === "interrupted" ? html`<p>The run was interrupted; the figures are of what ran until then.</p>` : null;
  const items = [...report.reasons.map((reason) => item(reason, "")), ...report.notes.map((note) => item(note, "Note: "))];
  return html`<div class="verdict ${verdictClass(report)}" id="verdict"><strong>${verdictWord(report)}</strong><p>${meaning}</p>${interrupted}${items.length > 0 ? html`<ul>${items}</ul>` : null}</div>`;
}

function item({ code, text }: Reason, prefix: string): Markup {
  return html`<li>${prefix}${text} <code>${code}</code></li>`;
}

interface Key {
  name: string;
  value: string;
  small: string;
}

/** The key figures as tiles. */
export function keyFigures(report: Report): Markup {
  const tiles = [...connectionKeys(report), ...pushKeys(report), ...usageKeys(report), gapKey(report)];
  return html`<dl class="keys">${tiles.map(({ name, value, small }) => html`<div><dt>${name}</dt><dd${value === notMeasured ? absentClass : null}>${value}${small === "" ? null : html`<small>${small}</small>`}</dd></div>`)}</dl>`;
}

const absentClass = html` class="absent"`;

function connectionKeys({ connections }: Report): Key[] {
  const { planned, peak, refused, closedUnexpectedly, opened, closedByPlan } = connections;
  return [
    { name: "Peak open", value: count(peak), small: `of ${count(planned)} planned; ${count(refused)} refused` },
    { name: "Closed unexpectedly", value: count(closedUnexpectedly), small: `of ${count(opened)} opened; ${count(closedByPlan)} closed by plan` },
  ];
}

/** Of what is asked or pushed: what got lost, and how long it took. */
function pushKeys(report: Report): Key[] {
  const why = whyNoPushes(report);
  const { pushes } = report;
  const lost =
    pushes === null
      ? { value: notMeasured, small: why ?? "" }
      : {
          value: count(pushes.lost),
          small: `of ${count(pushes.due)} due${pushes.due > 0 ? ` (${formatShare(pushes.lost / pushes.due)})` : ""}; ${count(pushes.late)} late`,
        };
  const quantiles = measuredQuantiles(report, report.kind === "api" ? "request" : "push");
  const noun = report.kind === "api" ? "Request" : "Push";
  const absent = { value: notMeasured, small: whyNoLatency(report, report.kind === "api" ? "request" : "push") };
  const p99 = quantiles
    ? {
        value: formatFigure(quantiles.p99, "milliseconds"),
        small: `p50 ${formatFigure(quantiles.p50, "milliseconds")}; p90 ${formatFigure(quantiles.p90, "milliseconds")}`,
      }
    : absent;
  const p999 = quantiles
    ? { value: formatFigure(quantiles.p999, "milliseconds"), small: `max ${formatFigure(quantiles.max, "milliseconds")}; ${count(quantiles.count)} samples` }
    : absent;
  return [
    ...(report.requests === undefined ? [{ name: "Pushes lost", ...lost }] : requestKeys(report, report.requests)),
    { name: `${noun} latency p99`, ...p99 },
    { name: `${noun} latency p99.9`, ...p999 },
  ];
}

function requestKeys({ qps }: Report, { due, failed, unanswered, unsent }: NonNullable<Report["requests"]>): Key[] {
  const lost = failed + unanswered + unsent;
  return [
    { name: "Right answers per second", value: qps == null ? notMeasured : count(Math.round(qps)), small: "in the best step" },
    { name: "Requests without a right answer", value: count(lost), small: `of ${count(due)}${due > 0 ? ` (${formatShare(lost / due)})` : ""}` },
  ];
}

function usageKeys(report: Report): Key[] {
  const { target } = report.usage;
  if (target === null) return [{ name: "Target memory and CPU", value: notMeasured, small: whyNoTargetUsage(report) }];
  const each = memoryPerConnectionKiB(report);
  const perThousand = cpuPerThousandPushesMs(report);
  return [
    {
      name: "Target memory, peak",
      value: formatFigure(target.rssMiB.peak, "mebibytes"),
      small: each === null ? `${formatFigure(target.rssMiB.steady, "mebibytes")} steady` : `${formatFigure(each, "kibibytes")} a connection, base included`,
    },
    {
      name: "Target CPU, mean",
      value: `${formatFigure(target.cpu.mean, "cores")} cores`,
      small: `${formatFigure(target.cpu.peak, "cores")} in the busiest second${perThousand === null ? "" : `; ${formatFigure(perThousand, "milliseconds")} per 1,000 pushes`}`,
    },
  ];
}

function gapKey(report: Report): Key {
  const value = formatFigure(report.trust.gapP99Ms, "milliseconds");
  return {
    name: "Generator gap p99",
    value,
    small: value === notMeasured ? whyNoLatency(report, "generatorGap") : "our own reading delay; not part of the latencies",
  };
}
