/** The soak block for a terminal. */
import { formatDuration, formatFigure, formatMilliseconds } from "../model/format.ts";
import type { Report } from "../model/report.ts";
import { type SoakBlock, type SoakDrift, type SoakGrowth, soakOf } from "../model/soak-block.ts";
import type { TextBlock } from "./text.ts";

/** Bytes as people read them, with a sign for what shrinks. */
export function formatBytes(bytes: number | null): string {
  if (bytes === null || !Number.isFinite(bytes)) return "not measured";
  const size = Math.abs(bytes);
  const text =
    size < 10_240 ? `${Math.round(size)} B` : size < 1_048_576 ? formatFigure(size / 1024, "kibibytes") : formatFigure(size / 1_048_576, "mebibytes");
  return bytes < 0 ? `-${text}` : text;
}

/** "2.31 MiB an hour (95 % limits 1.9 MiB to 2.8 MiB), 55.4 MiB over 24 h, budget 20 MiB: LEAK". */
export function growthText(growth: SoakGrowth, unit: "bytes" | "descriptors"): string {
  const put = (value: number | null): string => (unit === "bytes" ? formatBytes(value) : value === null ? "not measured" : `${Math.round(value * 10) / 10}`);
  if (growth.verdict === "too-short") return "too short to judge";
  const slope = `${put(growth.perHour)} an hour (95 % limits ${put(growth.lower)} to ${put(growth.upper)})`;
  const verdict = growth.verdict === "leak" ? "LEAK" : "steady";
  const doubt = growth.dependent ? "; its blocks still depend on each other: soak for longer" : "";
  return `${slope}; ${put(growth.projected)} over ${formatDuration(growth.lifetimeMs)}, budget ${put(growth.budget)}: ${verdict}${doubt}`;
}

/** "first third 12.1 ms, last 12.4 ms, shift 0.3 ms (-0.2 to 0.8), budget 5 ms: steady". */
export function driftText(drift: SoakDrift): string {
  const { verdict, firstMs, lastMs, shiftMs, budgetMs, bursts } = drift;
  if (verdict === "too-short" || firstMs === null || lastMs === null || shiftMs === null) return `too short to judge (${bursts} bursts, 60 are needed)`;
  const limits = `${signed(shiftMs.lower)} to ${signed(shiftMs.upper)}`;
  return `first third ${formatMilliseconds(firstMs)} ms, last ${formatMilliseconds(lastMs)} ms; shift ${signed(shiftMs.estimate)} ms (${limits}), budget ${formatMilliseconds(budgetMs ?? 0)} ms: ${verdict === "drift" ? "DRIFT" : "steady"}`;
}

function signed(ms: number): string {
  return `${ms < 0 ? "-" : ""}${formatMilliseconds(Math.abs(ms))}`;
}

/** The text section of a soak; null for other kinds. */
export function soakText(report: Report): TextBlock | null {
  const block = soakOf(report);
  if (block === null) return null;
  const lines = [`judged ${formatDuration(Math.max(0, block.heldMs - block.warmUpMs))} after a warm-up of ${formatDuration(block.warmUpMs)}`];
  lines.push(`memory: ${block.memory === null ? "not watched" : growthText(block.memory, "bytes")}`, ...memoryDetails(block));
  if (block.descriptors !== null) lines.push(`descriptors: ${growthText(block.descriptors, "descriptors")}`);
  lines.push(`burst p99: ${block.latency === null ? "no stamped push" : driftText(block.latency)}`);
  for (const { name, before, after, ok, decides } of block.residue) {
    const put = (value: number): string => (name.endsWith("bytes") ? formatBytes(value) : formatFigure(value, "count"));
    lines.push(
      `after the drain: ${name.replace(", bytes", "")} ${put(before)} before, ${put(after)} after${ok ? "" : decides ? " (STAYED)" : " (more than expected)"}`,
    );
  }
  const { memory, descriptors, gap } = block.generator;
  lines.push(
    `ourselves: memory ${growthText(memory, "bytes")}`,
    `ourselves: descriptors ${growthText(descriptors, "descriptors")}`,
    `ourselves: reading delay ${driftText(gap)}`,
  );
  return { title: "Soak", lines };
}

function memoryDetails({ memory }: SoakBlock): string[] {
  if (memory === null || memory.verdict === "too-short") return [];
  const parts = [`${memory.blocks} blocks of ${formatDuration(Math.round(memory.blockMs))}`];
  if (memory.perConnectionHour !== null) parts.push(`${formatBytes(memory.perConnectionHour)} per connection and hour`);
  if (memory.perMillionPushes !== null) parts.push(`${formatBytes(memory.perMillionPushes)} per million pushes`);
  if (memory.projectedMs !== null) parts.push(`its memory limit is reached in ${formatDuration(memory.projectedMs)}`);
  return [parts.join(", ")];
}
