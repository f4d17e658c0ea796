/** Until when an API shard sends requests and waits for responses, and which step an instant belongs to. */
import { type ApiPlan, StepTimes } from "./request-plan.ts";

/** How long after the last step overdue requests are still sent. */
const backlogGraceNs = 2e9;
/** How long an interrupted run waits for responses. */
const interruptedWaitNs = 1e9;

export class Deadlines {
  readonly #api: ApiPlan;
  /** Null before the steps begin. */
  times: StepTimes | null = null;
  /** From here on no request is due (open loop) or sent (closed loop). */
  endNs = Number.POSITIVE_INFINITY;
  /** From here on overdue requests are no longer sent. */
  sendNs = Number.POSITIVE_INFINITY;
  /** From here on responses are no longer awaited. */
  drainNs = Number.POSITIVE_INFINITY;

  constructor(api: ApiPlan) {
    this.#api = api;
  }

  /**
   * Starts the steps; the plan determines when they end. Returns false when the order arrived late, after the first
   * hold had begun: requests sent in it until then have been counted as warm-up.
   */
  hold(startNs: number, nowNs: number): boolean {
    this.times = new StepTimes(startNs, this.#api);
    this.endNs = this.times.endNs;
    this.sendNs = this.endNs + backlogGraceNs;
    this.drainNs = this.sendNs + this.#api.requestTimeoutMs * 1e6;
    return nowNs <= this.times.holdOf(1).fromNs || this.#api.measuresRamp === true;
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
