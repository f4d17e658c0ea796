/** Until when an API shard asks, sends what was due and waits for answers, and which step an instant belongs to. */
import { type ApiPlan, StepTimes } from "./request-plan.ts";

/** How long requests that were due are still sent after the last step. */
const backlogGraceNs = 2e9;
/** How long an interrupted run waits for answers. */
const interruptedWaitNs = 1e9;

export class Deadlines {
  readonly #api: ApiPlan;
  /** Null before the steps begin. */
  times: StepTimes | null = null;
  /** No request is due, or sent in a closed loop, from here on. */
  endNs = Number.POSITIVE_INFINITY;
  /** No request that was due before the end is sent any more. */
  sendNs = Number.POSITIVE_INFINITY;
  /** No answer is waited for any more. */
  drainNs = Number.POSITIVE_INFINITY;

  constructor(api: ApiPlan) {
    this.#api = api;
  }

  /**
   * The steps begin; when they end follows from the plan. Returns whether the word came in time: with the first hold
   * begun, what was asked in it so far has been counted as warm-up.
   */
  hold(startNs: number, nowNs: number): boolean {
    this.times = new StepTimes(startNs, this.#api);
    this.endNs = this.times.endNs;
    this.sendNs = this.endNs + backlogGraceNs;
    this.drainNs = this.sendNs + this.#api.requestTimeoutMs * 1e6;
    return nowNs <= this.times.beginsNs || this.#api.measuresRamp === true;
  }

  interrupt(atNs: number): void {
    this.endNs = this.sendNs = Math.min(this.endNs, atNs);
    this.drainNs = atNs + interruptedWaitNs;
  }

  /** The step whose figures an instant belongs to; 0 for none. */
  stepAt(atNs: number): number {
    return this.#api.measuresRamp === true && atNs < this.endNs ? 1 : this.heldStepAt(atNs);
  }

  heldStepAt(atNs: number): number {
    return this.times === null ? 0 : this.times.stepAt(atNs);
  }

  stepSince(fromNs: number, nowNs: number): number {
    return this.times === null ? 0 : this.times.beganBetween(fromNs, nowNs);
  }
}
