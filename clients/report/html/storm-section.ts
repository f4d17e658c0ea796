/** A storm on the report's page: how many were back when, and what it cost; slow readers and regularity beside it. */

import type { Interval, Report } from "../model/report.ts";
import { compressionText, regularityText, slowReadersText, stormText, tlsText } from "../text/connection-text.ts";
import type { TextBlock } from "../text/text.ts";
import { pointsOf } from "./chart/series.ts";
import { timeChart } from "./chart/time-chart.ts";
import { html } from "./markup.ts";
import { charts, facts, type Section } from "./section.ts";

/** "name: value" lines as facts; a line without a name stands for itself. */
function factsOf({ lines }: TextBlock) {
  return facts(
    lines.map((line): readonly [string, string] => {
      const at = line.indexOf(": ");
      return at > 0 && at < 32 ? [line.slice(0, at), line.slice(at + 2).trim()] : ["", line];
    }),
  );
}

export function tlsSection(report: Report): Section | null {
  const block = tlsText(report);
  return block === null ? null : { id: "tls", title: "TLS", body: factsOf(block) };
}

export function compressionSection(report: Report): Section | null {
  const block = compressionText(report);
  return block === null ? null : { id: "compression", title: "Compression", body: factsOf(block) };
}

/** The curve of return: connections open, and how many reconnects a second it took. */
export function stormSection(report: Report, intervals: readonly Interval[]): Section | null {
  const block = stormText(report);
  if (block === null) return null;
  const fromMs = Math.max(0, (report.storm?.atMs ?? 0) - 3000);
  const shown = intervals.filter(({ atMs }) => atMs >= fromMs);
  const atMs = (interval: Interval): number => interval.atMs;
  const perSecond = shown.map((interval, index) => {
    const before = shown[index - 1];
    const elapsedMs = before === undefined ? 0 : interval.atMs - before.atMs;
    const begun = interval.connections.reconnects.attempted - (before?.connections.reconnects.attempted ?? 0);
    return { x: interval.atMs, y: elapsedMs > 0 ? (begun * 1000) / elapsedMs : 0 };
  });
  const chart = timeChart(report, shown, {
    id: "chart-storm",
    title: "Recovery from the storm",
    unit: "connections",
    describe: "Open connections fall at the storm and climb back over the window; a slow end or a plateau is a target that cannot take its clients back.",
    layers: [
      { kind: "line", name: "open", tone: 1, points: pointsOf(shown, atMs, ({ connections }) => connections.open) },
      { kind: "line", name: "waiting to reconnect", tone: 4, points: pointsOf(shown, atMs, ({ connections }) => connections.backoff) },
      { kind: "line", name: "reconnects a second", tone: 2, points: perSecond },
    ],
  });
  return { id: "storm", title: "Storm", body: html`${charts(html`<div class="wide">${chart}</div>`)}${factsOf(block)}` };
}

export function slowReadersSection(report: Report): Section | null {
  const block = slowReadersText(report);
  return block === null ? null : { id: "slow-readers", title: "Slow readers", body: factsOf(block) };
}

export function regularitySection(report: Report): Section | null {
  const block = regularityText(report);
  return block === null ? null : { id: "regularity", title: "Regularity of messages without a stamp", body: factsOf(block) };
}
