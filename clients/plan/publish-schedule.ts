/**
 * When each publisher of a run publishes, and by which number its messages are known: a pure function of the plan, so
 * that every shard and every agent knows what is due without asking another. Publisher r of P is due at base + (r / P +
 * k) x every, k = 0, 1, 2, ...
 *
 * The number of a message says who published it, which of its messages it is, and by how many microseconds it was
 * written after it was due: a receiver in another process can tell the latency from our write. It is even; those of
 * other messages are odd.
 */

/** Lags above are told as this, microseconds: some four seconds. */
export const maxLagUs = 2 ** 22 - 1;
const lagSteps = maxLagUs + 1;
/** Most messages of all publishers of a run, so that a number stays a whole number in JSON. */
export const maxMessages = 1e9;

export interface Published {
  publish: number;
  publisher: number;
  sequence: number;
  lagUs: number;
}

export function publishedId(
  { publish, publisher, sequence, lagUs }: Published,
  publishes: number,
  publishers: number,
): number {
  return (
    (((sequence * publishers + publisher) * publishes + publish) * lagSteps +
      Math.min(maxLagUs, Math.max(0, Math.round(lagUs)))) *
    2
  );
}

export class PublishSchedule {
  readonly publishers: number;
  readonly everyNs: number;
  #baseNs = Number.POSITIVE_INFINITY;
  #endNs = Number.NEGATIVE_INFINITY;

  constructor(publishers: number, everyMs: number) {
    this.publishers = publishers;
    this.everyNs = everyMs * 1e6;
  }

  begin(baseNs: number, endNs: number): void {
    this.#baseNs = baseNs;
    this.#endNs = endNs;
  }

  /** Ends one publisher's messages before the others'. */
  cut(publisher: number, endNs: number): void {
    this.#ends ??= new Float64Array(this.publishers).fill(Number.POSITIVE_INFINITY);
    this.#ends[publisher] = Math.min(this.#ends[publisher]!, endNs);
  }
  #ends: Float64Array | null = null;

  end(endNs: number): void {
    this.#endNs = Math.min(this.#endNs, endNs);
  }

  dueNs(publisher: number, sequence: number): number {
    return this.#baseNs + sequence * this.everyNs + (publisher / this.publishers) * this.everyNs;
  }

  /** How many messages of a publisher were due at or before an instant, and before the end. */
  dueBy(publisher: number, atNs: number): number {
    const firstNs = this.#baseNs + (publisher / this.publishers) * this.everyNs;
    const endNs = this.#ends === null ? this.#endNs : Math.min(this.#endNs, this.#ends[publisher]!);
    const cutNs = Math.min(atNs, endNs);
    if (!(cutNs >= firstNs)) return 0;
    const count = Math.floor((cutNs - firstNs) / this.everyNs) + 1;
    // The end itself is not part of the hold.
    return this.dueNs(publisher, count - 1) < endNs ? count : count - 1;
  }
}

/** Takes a number of a message apart; null when it is none of a published one. */
export function readPublishedId(id: number, publish: number, publishes: number, publishers: number): Published | null {
  if (!Number.isSafeInteger(id) || id < 0 || id % 2 !== 0) return null;
  const lagged = id / 2;
  const number = Math.floor(lagged / lagSteps);
  if (number % publishes !== publish) return null;
  const message = Math.floor(number / publishes);
  return {
    publish,
    publisher: message % publishers,
    sequence: Math.floor(message / publishers),
    lagUs: lagged % lagSteps,
  };
}
