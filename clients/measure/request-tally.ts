/**
 * Request counts of an API run by step; step 0 holds everything not measured (warm-up). Cumulative and mergeable like
 * the tally it belongs to: due = sent + unsent, and sent = ok + failed + unanswered, in every step.
 */
import { Histogram } from "./histogram/histogram.ts";
import { histogramFromWire, histogramToWire } from "./histogram/histogram-wire.ts";
import { noAnswer, type RequestCause, requestCauseIndex, requestCauseList, statusClassList } from "./request-cause.ts";

export class RequestStep {
  /** Written, or its connection was attempted and did not open. */
  sent = 0;
  ok = 0;
  failed = 0;
  /** Sent and without a response: in flight during the run, given up at its end. */
  unanswered = 0;
  /** Open loop: due but never sent, because no connection was free. */
  unsent = 0;
  /** Correct responses that arrived within the step's hold, whenever the request was sent: the basis of throughput. */
  okInHold = 0;
  /** Users with a request counted here, each once; in an open loop, slots. */
  users = 0;
  /** By {@link statusClassList}; sums to ok + failed. */
  readonly classes = new Float64Array(statusClassList.length);
  /** By {@link requestCauseList}; sums to failed. */
  readonly causes = new Float64Array(requestCauseList.length);
  /** Every complete response, correct or not. */
  readonly latency: Histogram;
  /** Open loop: the generator's delay with requests whose connection was free when they were due. */
  readonly lag: Histogram;

  constructor(latency = new Histogram(), lag = new Histogram()) {
    this.latency = latency;
    this.lag = lag;
  }

  /** Counts a failed request of this step; `classIndex` is its response's status class, if a complete one arrived. */
  fail(cause: RequestCause, classIndex: number = noAnswer): void {
    this.failed++;
    this.causes[requestCauseIndex[cause]]!++;
    this.classes[classIndex]!++;
  }

  /** The generator process died: its pending requests are lost by the generator. */
  bury(): void {
    this.failed += this.unanswered;
    this.causes[requestCauseIndex["generator-died"]]! += this.unanswered;
    this.classes[noAnswer]! += this.unanswered;
    this.unanswered = 0;
  }

  add(other: RequestStep): void {
    this.sent += other.sent;
    this.ok += other.ok;
    this.failed += other.failed;
    this.unanswered += other.unanswered;
    this.unsent += other.unsent;
    this.okInHold += other.okInHold;
    this.users += other.users;
    for (let i = 0; i < this.classes.length; i++) this.classes[i]! += other.classes[i]!;
    for (let i = 0; i < this.causes.length; i++) this.causes[i]! += other.causes[i]!;
    this.latency.add(other.latency);
    this.lag.add(other.lag);
  }
}

/** A step in a message: the seven counts in the order of the class, then classes, causes and histograms. */
export interface WireRequestStep {
  counts: number[];
  classes: number[];
  causes: number[];
  latency: string;
  lag: string;
}

export class RequestTally {
  /** Step 0 is not measured; the scenario's steps follow. */
  readonly steps: RequestStep[];

  /** `steps`: number of steps in the scenario. */
  constructor(steps: number) {
    this.steps = Array.from({ length: steps + 1 }, () => new RequestStep());
  }

  add(other: RequestTally): void {
    while (this.steps.length < other.steps.length) this.steps.push(new RequestStep());
    other.steps.forEach((step, index) => {
      this.steps[index]!.add(step);
    });
  }

  bury(): void {
    for (const step of this.steps) step.bury();
  }

  /** The sum of all measured steps, or of everything including warm-up. */
  sum(from: "measured" | "all"): RequestStep {
    const sum = new RequestStep();
    for (const step of this.steps.slice(from === "measured" ? 1 : 0)) sum.add(step);
    return sum;
  }

  toWire(): WireRequestStep[] {
    return this.steps.map((step) => ({
      counts: [step.sent, step.ok, step.failed, step.unanswered, step.unsent, step.okInHold, step.users],
      classes: [...step.classes],
      causes: [...step.causes],
      latency: histogramToWire(step.latency),
      lag: histogramToWire(step.lag),
    }));
  }

  static fromWire(wire: readonly WireRequestStep[]): RequestTally {
    const tally = new RequestTally(0);
    tally.steps.length = 0;
    for (const { counts, classes, causes, latency, lag } of wire) {
      const step = new RequestStep(histogramFromWire(latency), histogramFromWire(lag));
      [
        step.sent = 0,
        step.ok = 0,
        step.failed = 0,
        step.unanswered = 0,
        step.unsent = 0,
        step.okInHold = 0,
        step.users = 0,
      ] = counts;
      step.classes.set(classes);
      step.causes.set(causes);
      tally.steps.push(step);
    }
    return tally;
  }
}

/** The non-zero counts of a typed-array column by name. */
export function namedCounts(names: readonly string[], column: Float64Array): Record<string, number> {
  return Object.fromEntries(names.flatMap((name, index) => (column[index] ? [[name, column[index]]] : [])));
}
