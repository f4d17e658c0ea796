/** The blocks of a connections run in the text report: a storm, slow readers, regularity. */
import type { StormReport, UsageAt } from "../model/connection-blocks.ts";
import { formatFigure, formatMilliseconds, formatShare, notMeasured, plural } from "../model/format.ts";
import type { Report } from "../model/report.ts";
import type { TlsReport } from "../model/tls-block.ts";
import type { TextBlock } from "./text.ts";

const count = (value: unknown) => formatFigure(value, "count");
const seconds = (ms: number | null): string => (ms === null ? "never" : `${(ms / 1000).toFixed(2)} s`);
const usage = (at: UsageAt | null): string => (at === null ? notMeasured : `${formatFigure(at.rssMiB, "mebibytes")}, ${formatFigure(at.cpu, "cores")} cores`);

/** Causes with their counts in a line; "none" when there are none. */
export function causeLine(byCause: Record<string, number>): string {
  const words = Object.entries(byCause).map(([cause, n]) => `${cause} ${count(n)}`);
  return words.length === 0 ? "none" : words.join(", ");
}

/** The words of a TLS block, shared by text and page. */
export function tlsFacts(tls: TlsReport): [name: string, text: string][] {
  const share = tls.resumedShare === null ? "" : ` (${formatShare(tls.resumedShare)})`;
  const facts: [string, string][] = [
    ["handshakes", `${count(tls.handshakes)} completed, ${count(tls.resumed)} of them resumed a session${share}; ${count(tls.failed)} failed`],
    ["agreed on", [tls.versions, tls.ciphers].map(causeLine).join("; ")],
    ["ALPN", causeLine(tls.alpn)],
  ];
  return tls.failed === 0 ? facts : [...facts, ["failed with", causeLine(tls.failures)]];
}

export function tlsText({ tls }: Report): TextBlock | null {
  return tls === undefined ? null : { title: "TLS", lines: tlsFacts(tls).map(([name, text]) => `${name}: ${text}`) };
}

export function compressionText({ compression }: Report): TextBlock | null {
  return compression === undefined ? null : { title: "Compression", lines: [`agreed on: ${causeLine(compression)}`] };
}

export function stormText({ storm }: Report): TextBlock | null {
  if (storm === undefined) return null;
  if (storm.dropped === 0) return { title: "Storm", lines: ["nothing was dropped: the storm did not come"] };
  const { backMs, targetUsage } = storm;
  return {
    title: "Storm",
    lines: [
      `dropped: ${plural(storm.dropped, "connection")} by ${storm.by === "us" ? "us" : "the target"} at ${seconds(storm.atMs)}; ${count(storm.back)} back, ${count(storm.stayedAway)} stayed away`,
      `back after: half ${seconds(backMs.p50)}, 90 % ${seconds(backMs.p90)}, 99 % ${seconds(backMs.p99)}, all ${seconds(backMs.all)}`,
      `reconnects: at most ${count(storm.peakConnectPerSecond)} a second; refused: ${causeLine(storm.refusedByCause)}`,
      `missed: ${count(storm.pushesLostMeanwhile)} pushes came due while they were away (in no other figure)`,
      `target before: ${usage(targetUsage.before)}`,
      `target during: ${usage(targetUsage.during)}`,
      `target after:  ${usage(targetUsage.after)}`,
      ...leftText(storm),
    ],
  };
}

function leftText({ generatorLeft: left }: StormReport): string[] {
  if (left === null) return [];
  const over = left.fdsAfter - left.fdsBefore;
  return [
    `generator's descriptors: ${count(left.fdsBefore)} before, ${count(left.fdsAfter)} after: ${over > 0 ? `${count(over)} LEFT OVER` : "none left over"}`,
  ];
}

export function slowReadersText({ slowReaders: slow }: Report): TextBlock | null {
  if (slow === undefined) return null;
  const lost = slow.due > 0 ? ` (${formatShare(slow.lost / slow.due)} lost)` : "";
  const memory = slow.targetRssMiB;
  return {
    title: "Slow readers",
    lines: [
      `who: ${plural(slow.connections, "connection")} reading ${count(slow.bytesPerSecond)} bytes a second; their pushes are in no other figure`,
      `pushes: ${count(slow.due)} due = ${count(slow.received)} received + ${count(slow.lost)} lost${lost}; ${count(slow.late)} late`,
      `closed unexpectedly: ${count(slow.closedUnexpectedly)}: ${causeLine(slow.byCause)} (held against nobody)`,
      memory === null
        ? `target's memory: ${notMeasured}`
        : `target's memory: ${formatFigure(memory.atStart, "mebibytes")} at the hold's start, ${formatFigure(memory.atEnd, "mebibytes")} at its end, ${formatFigure(memory.peak, "mebibytes")} at most`,
    ],
  };
}

export function regularityText({ regularity }: Report): TextBlock | null {
  if (regularity === undefined) return null;
  const { p50, p99, max } = regularity.deviationMs;
  return {
    title: "Regularity",
    lines: [
      `gaps: ${plural(regularity.gaps, "gap")} between messages: ${formatShare(regularity.evenShare)} within 10 % of ${formatFigure(regularity.intervalMs, "milliseconds")}`,
      `deviation: off it by ${formatMilliseconds(p50)} ms (p50), ${formatMilliseconds(p99)} ms (p99), ${formatMilliseconds(max)} ms at most`,
    ],
  };
}
