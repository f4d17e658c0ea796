/**
 * When each publisher of a run publishes, and how its messages are numbered: a pure function of the plan, so that every
 * shard and agent knows what is due without communication. Publisher r of P is due at base + (r / P + k) x every, k =
 * 0, 1, 2, ...
 *
 * A message's id encodes its publisher, its sequence, and by how many microseconds after its due instant it was
 * written, so that a receiver in another process can compute the latency from the write. Ids are even; those of other
 * messages are odd.
 */

/** Larger lags are encoded as this, microseconds: about four seconds. */
export const maxLagUs = 2 ** 22 - 1;
const lagSteps = maxLagUs + 1;
/** Most messages of all publishers of a run, so that an id is an exact integer in JSON. */
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

  /** Ends one publisher's messages earlier than the others'. */
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

  /** Number of a publisher's messages due at or before an instant, and before the end. */
  dueBy(publisher: number, atNs: number): number {
    const firstNs = this.#baseNs + (publisher / this.publishers) * this.everyNs;
    const endNs = this.#ends === null ? this.#endNs : Math.min(this.#endNs, this.#ends[publisher]!);
    const cutNs = Math.min(atNs, endNs);
    if (!(cutNs >= firstNs)) return 0;
    const count = Math.floor((cutNs - firstNs) / this.everyNs) + 1;
    // The end itself is excluded from the hold.
    return this.dueNs(publisher, count - 1) < endNs ? count : count - 1;
  }
}

/** Decodes a message id; null when it does not belong to a published message. */
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
