/** Figures of the stages that two runs have in common, so that runs of one load are compared part by part. */
import type { Report } from "../report.ts";
import type { StageReport } from "../schema/stage-block.ts";
import { type Figure, figure } from "./figure.ts";

/** Of every stage that began in both and asked both for the same. */
export function stageFigures(before: Report, after: Report): Figure[] {
  return (before.stages ?? []).flatMap((stage, index) => {
    const other = after.stages?.[index];
    return other !== undefined && isAlike(stage, other) ? figuresOf(index) : [];
  });
}

const isAlike = (one: StageReport, other: StageReport): boolean =>
  one.connections === other.connections && one.overMs === other.overMs && one.holdMs === other.holdMs;

function figuresOf(index: number): Figure[] {
  const of = (report: Report): StageReport | undefined => report.stages?.[index];
  const [name, title] = [`stages.${index + 1}`, `stage ${index + 1}`];
  const latency = { unit: "milliseconds", nature: "quantile", floor: 1 } as const;
  return [
    figure(`${name}.closedUnexpectedly`, `${title} lost`, (report) => of(report)?.closedUnexpectedly, {
      nature: "events",
      exposure: (report) => of(report)?.connections,
    }),
    figure(`${name}.refused`, `${title} refused`, (report) => of(report)?.refused, {
      nature: "events",
      exposure: (report) => of(report)?.connections,
    }),
    figure(`${name}.pushes.lost`, `${title} pushes lost`, (report) => of(report)?.pushes?.lost, {
      nature: "events",
      exposure: (report) => of(report)?.pushes?.due,
    }),
    figure(`${name}.pushLatencyMs.p50`, `${title} push p50`, (report) => of(report)?.pushLatencyMs?.p50, latency),
    figure(`${name}.pushLatencyMs.p99`, `${title} push p99`, (report) => of(report)?.pushLatencyMs?.p99, latency),
    figure(`${name}.target.rssMiB`, `${title} memory`, (report) => of(report)?.target?.rssMiB, {
      unit: "mebibytes",
      floor: 1,
    }),
  ];
}
