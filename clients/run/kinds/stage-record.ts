/** Records a run's stages: when each was current, and how many connections should be open. */
import type { ShardPlan } from "../../generator/plan.ts";
import { isRefusal, isUnexpectedClose } from "../../measure/cause.ts";
import { noPart, type PartCounts } from "../../measure/part-tally.ts";
import type { Tally } from "../../measure/tally.ts";
import { rampDue } from "../../plan/ramp.ts";
import { StageCourse, type StagePlan, stageStartsMs } from "../../plan/stages.ts";
import { quantilesOf } from "../../report/model/quantiles.ts";
import type { StageReport } from "../../report/model/schema/stage-block.ts";
import type { UsageWithin } from "../coordinate/run-order.ts";

/** Instants closer than this are considered equal, milliseconds. */
const sameMs = 0.01;

export class StageRecord {
  readonly #stages: readonly StagePlan[];
  readonly #course: StageCourse;
  readonly #rampPerSecond: number;
  #startNs = Number.POSITIVE_INFINITY;
  #holdNs = Number.POSITIVE_INFINITY;

  constructor({ rampPerSecond }: Pick<ShardPlan, "rampPerSecond">, stages: readonly StagePlan[]) {
    this.#stages = stages;
    this.#course = new StageCourse(stages);
    this.#rampPerSecond = rampPerSecond;
  }

  start(startNs: number): void {
    this.#startNs = startNs;
  }

  /** The first stage's hold began; later holds are ignored. */
  hold(atNs: number): void {
    this.#holdNs = Math.min(this.#holdNs, atNs);
  }

  #heldMs(atNs: number): number {
    return (atNs - this.#holdNs) / 1e6 + sameMs;
  }

  /** Counted from 1. */
  stageAt(atNs: number): number {
    return this.#course.stageAt(this.#heldMs(atNs)) + 1;
  }

  /** Number of connections that should be open. */
  levelAt(atNs: number): number {
    if (atNs >= this.#holdNs) return this.#course.levelAt(this.#heldMs(atNs));
    return rampDue(this.#stages[0]!.connections, this.#rampPerSecond, (atNs - this.#startNs) / 1e6);
  }

  /** The stages begun by `endNs`, which is when the load ended, or now. */
  report(total: Pick<Tally, "stages">, endNs: number, isStamped: boolean, usageWithin: UsageWithin): StageReport[] {
    const startsMs = stageStartsMs(this.#stages);
    const begins = (stage: number): number =>
      stage === 0 ? this.#startNs : Math.min(endNs, this.#holdNs + startsMs[stage]! * 1e6);
    return this.#stages.slice(0, this.stageAt(endNs)).map((plan, stage) => {
      const window = {
        fromNs: begins(stage),
        toNs: stage + 1 < this.#stages.length ? Math.max(begins(stage), begins(stage + 1)) : endNs,
      };
      return {
        connections: plan.connections,
        overMs: plan.overMs,
        holdMs: plan.holdMs,
        atMs: Math.max(0, Math.round((window.fromNs - this.#startNs) / 1e6)),
        lastedMs: Math.max(0, Math.round((window.toNs - window.fromNs) / 1e6)),
        ...figuresOf(total.stages?.[stage] ?? noPart(), isStamped),
        target: usageWithin(window),
      };
    });
  }
}

function figuresOf({ counts, causes, push }: PartCounts, isStamped: boolean) {
  const { opened, refused, closedByPlan, closedUnexpectedly, open, received, late, lost } = counts;
  const named = Object.entries(causes) as [keyof typeof causes, number][];
  return {
    opened,
    refused,
    closedByPlan,
    closedUnexpectedly,
    byCause: Object.fromEntries(
      named.filter(([cause, count]) => count > 0 && (isRefusal(cause) || isUnexpectedClose(cause))),
    ),
    open,
    pushes: isStamped ? { due: received + lost, received, late, lost } : null,
    pushLatencyMs: quantilesOf(push),
  };
}
