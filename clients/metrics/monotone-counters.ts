/**
 * Keeps counters from going down between scrapes. Settled losses may move back when a push thought lost arrives, and a
 * cause may be renamed when its true one becomes known; Prometheus would take each such step for a restart and count
 * everything again.
 */

/** Codes are chosen by the peer, who could choose 65,536 of them: only so many of each cause get series. */
const mostCodesPerCause = 20;

/** The highest values shown so far of one run's counters. One per run, kept as long as the run is shown. */
export class MonotoneCounters {
  readonly #highest = new Map<string, number>();
  readonly #buckets = new Map<string, Float64Array>();
  readonly #codes = new Map<string, Set<string>>();

  /** `value`, or the highest one this series has shown. */
  raise(series: string, value: number): number {
    const highest = Math.max(this.#highest.get(series) ?? 0, value);
    this.#highest.set(series, highest);
    return highest;
  }

  /** The same for the cumulative buckets of a histogram; the answer is ours and changes at the next call. */
  raiseBuckets(series: string, values: readonly number[]): Float64Array {
    const highest = this.#buckets.get(series) ?? new Float64Array(values.length);
    for (let i = 0; i < highest.length; i++) if (values[i]! > highest[i]!) highest[i] = values[i]!;
    this.#buckets.set(series, highest);
    return highest;
  }

  /**
   * Whether a code has a series of its own: the first 20 of each cause do, and keep it; the others count as code "".
   */
  admits(cause: string, code: string): boolean {
    let codes = this.#codes.get(cause);
    if (codes === undefined) {
      codes = new Set();
      this.#codes.set(cause, codes);
    }
    if (codes.size < mostCodesPerCause) codes.add(code);
    return codes.has(code);
  }
}

/** The keepers of all runs shown; those of runs no longer shown are dropped. */
export class CounterKeepers {
  #byRun = new Map<string, MonotoneCounters>();

  /** Keepers for exactly these runs, in order. */
  keep(keys: readonly string[]): MonotoneCounters[] {
    const next = new Map(keys.map((key) => [key, this.#byRun.get(key) ?? new MonotoneCounters()]));
    this.#byRun = next;
    return keys.map((key) => next.get(key)!);
  }
}
