/**
 * What an API run has counted of its requests, by step; step 0 is everything that is not measured (warm-up). Cumulative
 * and mergeable as the tally it is part of: due = sent + unsent, and sent = ok + failed + unanswered, in every one of
 * them.
 */
import { Histogram } from "./histogram/histogram.ts";
import { histogramFromWire, histogramToWire } from "./histogram/histogram-wire.ts";
import { noAnswer, type RequestCause, requestCauseIndex, requestCauseList, statusClassList } from "./request-cause.ts";

export class RequestStep {
  /** Written, or their connection was tried and did not open. */
  sent = 0;
  ok = 0;
  failed = 0;
  /** Sent and without an answer: in flight while the run goes on, given up at its end. */
  unanswered = 0;
  /** Open loop: due and never sent, for no connection was free. */
  unsent = 0;
  /** Right answers that arrived within the step's hold, whenever they were asked for: what throughput is made of. */
  okInHold = 0;
  /** Users that had a request counted here, each once; slots of an open loop. */
  users = 0;
  /** By {@link statusClassList}; adds up to ok + failed. */
  readonly classes = new Float64Array(statusClassList.length);
  /** By {@link requestCauseList}; adds up to failed. */
  readonly causes = new Float64Array(requestCauseList.length);
  /** Every whole answer, right or wrong. */
  readonly latency: Histogram;
  /** Open loop: how late we ourselves were with requests whose connection was free when they were due. */
  readonly lag: Histogram;

  constructor(latency = new Histogram(), lag = new Histogram()) {
    this.latency = latency;
    this.lag = lag;
  }

  /** Counts a request of this step that failed; `classIndex` tells its answer's status, if a whole one came. */
  fail(cause: RequestCause, classIndex: number = noAnswer): void {
    this.failed++;
    this.causes[requestCauseIndex[cause]]!++;
    this.classes[classIndex]!++;
  }

  /** Our own process died: what it still waited for is lost by us. */
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

/** A step as it crosses a border: the seven counts in the order of the class, then classes, causes and histograms. */
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

  /** `steps` of the scenario. */
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

  /** All measured steps together, or everything with the warm-up. */
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
