/**
 * A load in stages: how many connections should be open at each instant. The first stage is the run's ramp; its hold
 * begins when all its first attempts have ended, and everything after is at fixed times:
 *
 *   open |      ____________
 *        |     /            \            ____
 *        |    /              \__________/
 *        |   /
 *        +--|------------|---|-----------|--> time
 *        over     hold    over    hold
 *
 * Connections are numbered over the whole run; a stage of n has those below n. Pure.
 */
export interface StagePlan {
  connections: number;
  overMs: number;
  holdMs: number;
}

/** Start of each stage, milliseconds after the start of the first one's hold; negative infinity for the first. */
export function stageStartsMs(stages: readonly StagePlan[]): number[] {
  const starts = [Number.NEGATIVE_INFINITY];
  let atMs = 0;
  for (const [index, { overMs, holdMs }] of stages.entries()) {
    atMs += holdMs + (index === 0 ? 0 : overMs);
    starts.push(atMs);
  }
  return starts.slice(0, stages.length);
}

/** Follows the stages of a run; allocates nothing as time passes. */
export class StageCourse {
  readonly #stages: readonly StagePlan[];
  readonly #startsMs: readonly number[];

  constructor(stages: readonly StagePlan[]) {
    this.#stages = stages;
    this.#startsMs = stageStartsMs(stages);
  }

  /** The current stage, counted from 0, `heldMs` after the first one's hold began; negative before that. */
  stageAt(heldMs: number): number {
    let stage = this.#startsMs.length - 1;
    while (stage > 0 && heldMs < this.#startsMs[stage]!) stage--;
    return stage;
  }

  /** Whether the load is still changing to the stage's level. */
  isMoving(heldMs: number): boolean {
    const stage = this.stageAt(heldMs);
    return stage === 0 ? heldMs < 0 : heldMs < this.#startsMs[stage]! + this.#stages[stage]!.overMs;
  }

  /** Connections of the whole run that should be open. */
  levelAt(heldMs: number): number {
    const stage = this.stageAt(heldMs);
    const { connections, overMs } = this.#stages[stage]!;
    if (stage === 0) return connections;
    const before = this.#stages[stage - 1]!.connections;
    const goneMs = heldMs - this.#startsMs[stage]!;
    return goneMs >= overMs ? connections : before + Math.trunc(((connections - before) * goneMs) / overMs);
  }
}
