/** A load in stages: what each asked for, and what came of it. */
import { formatDuration, formatMilliseconds, formatNumber, notMeasured } from "../model/format.ts";
import type { Report } from "../model/report.ts";
import type { StageReport } from "../model/schema/stage-block.ts";
import { type Block, count, figureColumns } from "./block.ts";
import { causeLine } from "./storm.ts";

const columns = figureColumns(
  "stage",
  "opened",
  "refused",
  "closed by plan",
  "lost",
  "open at its end",
  "pushes due",
  "pushes lost",
  "p50, ms",
  "p99, ms",
  "max, ms",
  "memory, MiB",
  "CPU, cores",
);

/** Null for a run whose load is one level. */
export function stageBlock({ stages }: Report): Block | null {
  if (stages === undefined) return null;
  const troubled = stages.flatMap(({ byCause }, index) =>
    Object.keys(byCause).length === 0 ? [] : [[`stage ${index + 1}`, causeLine(byCause)] as const],
  );
  return {
    id: "stages",
    title: "Stages",
    table: { columns, rows: stages.map(rowOf), columnsAtOnce: 6 },
    facts: troubled,
    note: "connections above a stage's level are closed by plan and are not losses; a push counts in the stage in which it arrived or became late",
  };
}

function rowOf(stage: StageReport, index: number): string[] {
  const { pushes, pushLatencyMs, target } = stage;
  const ms = (value: number | undefined): string => (value === undefined ? "-" : formatMilliseconds(value));
  return [
    `${index + 1}: ${count(stage.connections)} over ${formatDuration(stage.overMs)} hold ${formatDuration(stage.holdMs)}`,
    ...[stage.opened, stage.refused, stage.closedByPlan, stage.closedUnexpectedly, stage.open].map(count),
    pushes === null ? notMeasured : count(pushes.due),
    pushes === null ? notMeasured : count(pushes.lost),
    ...[pushLatencyMs?.p50, pushLatencyMs?.p99, pushLatencyMs?.max].map(ms),
    target === null ? "-" : formatNumber(target.rssMiB),
    target === null ? "-" : formatNumber(target.cpu),
  ];
}
