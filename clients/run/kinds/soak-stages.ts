/**
 * Which parts of a soak in stages can be judged for trends (docs/soak.md). Memory and latency follow the load, so trends
 * are judged within the hold of each stage, never from one stage to the next. Pure.
 */
import type { Stretch } from "../../measure/statistics/leak.ts";
import { median } from "../../measure/statistics/median.ts";
import { type StagePlan, stageStartsMs } from "../../plan/stages.ts";
import type { Reason } from "../../report/model/report.ts";
import type { SoakGrowth, SoakStage } from "../../report/model/schema/soak-block.ts";
import { durationMs } from "../../scenario/duration.ts";
import type { SoakScenario } from "../../scenario/soak-schema.ts";
import type { SoakWatch } from "./soak-watch.ts";

const halfHourMs = 1_800_000;
/** Share of a hold that is excluded at its start, for the effects of the change of load to settle. */
const settlingShare = 0.25;
/** Growth of the open connections within a stage, as a share, above which memory would rise with them. */
const openingShare = 0.01;

/** The hold of a stage without its settling time; `number` counts from 1. */
export interface JudgedStage extends Stretch {
  number: number;
  connections: number;
}

/** A stage that is excluded, and why. */
export interface LeftStage {
  number: number;
  why: string;
}

export interface StagesToJudge {
  judged: JudgedStage[];
  left: LeftStage[];
}

/** The stages so far that can be judged; null for a soak without stages. */
export function stagesToJudge(
  { stages, warmUp }: Pick<SoakScenario, "stages" | "warmUp">,
  watch: Pick<SoakWatch, "holdMs" | "lastMs" | "open">,
): StagesToJudge | null {
  if (stages === undefined) return null;
  const plans = stages.map(
    ({ connections, over, hold }): StagePlan => ({ connections, overMs: durationMs(over), holdMs: durationMs(hold) }),
  );
  const starts = stageStartsMs(plans);
  const found: StagesToJudge = { judged: [], left: [] };
  for (const [index, { connections, overMs, holdMs }] of plans.entries()) {
    const number = index + 1;
    const settlingMs = warmUp === undefined ? Math.min(holdMs * settlingShare, halfHourMs) : durationMs(warmUp);
    const reachedMs = (watch.holdMs ?? 0) + (index === 0 ? 0 : starts[index]! + overMs);
    // A point of a thinned series stands for several seconds, so the last one may belong to the next stage.
    const endMs = Math.min(reachedMs + holdMs, watch.lastMs + 1) - (watch.open.stride - 1) * 1000;
    const stage = { number, connections, fromMs: reachedMs + settlingMs, toMs: endMs };
    const why = whyNot(stage, watch);
    if (why === null) found.judged.push(stage);
    else found.left.push({ number, why });
  }
  return found;
}

function whyNot({ fromMs, toMs }: JudgedStage, { open }: Pick<SoakWatch, "open">): string | null {
  const { atMs, values } = open.series;
  const within = values.filter((_, index) => atMs[index]! >= fromMs && atMs[index]! < toMs);
  const third = Math.floor(within.length / 3);
  if (third === 0) return "held for too short a time";
  const [first, last] = [median(within.slice(0, third)), median(within.slice(-third))];
  return last - first > first * openingShare ? "its connections were still opening" : null;
}

export const stagesBlock = ({ judged, left }: StagesToJudge): SoakStage[] =>
  [...judged.map(({ number }) => ({ number, why: null })), ...left].sort((one, other) => one.number - other.number);

/** The note on what was judged in a soak in stages, and what was not. */
export function stagesNote(stages: readonly SoakStage[], memory: SoakGrowth | null): Reason {
  const left = stages.flatMap(({ number, why }) => {
    if (why !== null) return [`stage ${number} (${why})`];
    return memory?.stages?.includes(number) === false
      ? [`the memory of stage ${number} (too short compared with the others)`]
      : [];
  });
  const also = left.length === 0 ? "" : `, ${left.join(", ")}`;
  return {
    code: "soak-stages",
    text: `the load changed in stages, so trends are judged within the hold of each stage only; not measured: what a change of load leaves behind${also}`,
  };
}

/**
 * Values of events, each relative to its stage's median and shifted to the overall median; the first thirds of all
 * stages come first and the last thirds last, so that comparing thirds finds a drift within the stages.
 */
export function centredByStage(
  events: readonly { atMs: number; value: number }[],
  stages: readonly Stretch[],
): number[] {
  const level = median(events.map(({ value }) => value));
  const thirds: [number[], number[], number[]] = [[], [], []];
  for (const { fromMs, toMs } of stages) {
    const own = events.flatMap(({ atMs, value }) => (atMs >= fromMs && atMs < toMs ? [value] : []));
    const third = Math.floor(own.length / 3);
    if (third === 0) continue;
    const centred = own.map((value) => value - median(own) + level);
    thirds[0].push(...centred.slice(0, third));
    // Equally many in each part, so that thirds of the result are these parts.
    thirds[1].push(...centred.slice(third, 2 * third));
    thirds[2].push(...centred.slice(-third));
  }
  return thirds.flat();
}
