/**
 * Keeps counters from decreasing between scrapes. Settled losses may decrease when a push counted as lost arrives, and
 * a cause may be corrected later; Prometheus would treat each such step as a restart and count everything again.
 */

/** Most codes per cause that get their own series: peers choose codes, and could use all 65,536. */
const mostCodesPerCause = 20;

/** The highest values exposed so far for one run's counters. One per run, kept as long as the run is exposed. */
export class MonotoneCounters {
  readonly #highest = new Map<string, number>();
  readonly #buckets = new Map<string, Float64Array>();
  readonly #codes = new Map<string, Set<string>>();

  /** Returns `value`, or the highest one this series has shown. */
  raise(series: string, value: number): number {
    const highest = Math.max(this.#highest.get(series) ?? 0, value);
    this.#highest.set(series, highest);
    return highest;
  }

  /** The same for the cumulative buckets of a histogram; the result is reused and changes at the next call. */
  raiseBuckets(series: string, values: readonly number[]): Float64Array {
    const highest = this.#buckets.get(series) ?? new Float64Array(values.length);
    for (let i = 0; i < highest.length; i++) if (values[i]! > highest[i]!) highest[i] = values[i]!;
    this.#buckets.set(series, highest);
    return highest;
  }

  /** Whether a code has its own series: the first 20 of each cause do, permanently; the others count as code "". */
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

/** The keepers of all exposed runs; those of other runs are dropped. */
export class CounterKeepers {
  #byRun = new Map<string, MonotoneCounters>();

  /** Keepers for exactly these runs, in order. */
  keep(keys: readonly string[]): MonotoneCounters[] {
    const next = new Map(keys.map((key) => [key, this.#byRun.get(key) ?? new MonotoneCounters()]));
    this.#byRun = next;
    return keys.map((key) => next.get(key)!);
  }
}
