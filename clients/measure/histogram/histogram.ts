/**
 * A latency histogram in HdrHistogram's layout (three significant digits, unit 1 microsecond, up to about 19 hours),
 * over one typed array that grows with the largest value seen. Recording allocates nothing; merging adds counts and is
 * lossless. Our own implementation because the hot path pays for each call, and other decoders reject the header that
 * hdr-histogram-js writes (docs/decisions/002-own-histogram.md).
 */
const subBucketBits = 11;
const subBucketCount = 1 << subBucketBits;
const subBucketHalf = subBucketCount >> 1;
/** 2^36 microseconds: the largest value represented; larger ones count as this. */
const largestUs = 2 ** 36 - 1;
const mostIndexes = indexOf(largestUs) + 1;

/** The index of a value (integer microseconds, 0 to {@link largestUs}) in the counts array. */
function indexOf(us: number): number {
  if (us < subBucketCount) return us;
  if (us < 0x80000000) {
    const bucket = 32 - subBucketBits - Math.clz32(us);
    return bucket * subBucketHalf + (us >>> bucket);
  }
  const bucket = Math.floor(Math.log2(us)) - (subBucketBits - 1);
  return bucket * subBucketHalf + Math.floor(us / 2 ** bucket);
}

/** The smallest value counted at `index`, microseconds. */
function lowestAt(index: number): number {
  if (index < subBucketCount) return index;
  const bucket = Math.floor(index / subBucketHalf) - 1;
  return ((index % subBucketHalf) + subBucketHalf) * 2 ** bucket;
}

/** The midpoint of the values counted at `index`, microseconds: what a quantile reports. */
function middleAt(index: number): number {
  if (index < subBucketCount) return index;
  const width = 2 ** (Math.floor(index / subBucketHalf) - 1);
  return lowestAt(index) + width / 2;
}

export class Histogram {
  #counts = new Float64Array(subBucketCount);
  #count = 0;
  #maxUs = 0;
  #sumUs = 0;

  /** Number of values recorded. */
  get count(): number {
    return this.#count;
  }

  /** Largest value recorded, milliseconds. */
  get maxMs(): number {
    return this.#maxUs / 1000;
  }

  /** Largest value recorded, microseconds. */
  get maxUs(): number {
    return this.#maxUs;
  }

  /** Sum of all values, microseconds. */
  get sumUs(): number {
    return this.#sumUs;
  }

  /**
   * Records a duration in nanoseconds. A negative one (caused by clocks that disagree) counts as zero; the caller
   * counts those.
   */
  recordNs(elapsedNs: number): void {
    this.recordUs(elapsedNs / 1000, 1);
  }

  /** Records `times` durations of the same length, microseconds. */
  recordUs(elapsedUs: number, times: number): void {
    let us = elapsedUs > 0 ? Math.round(elapsedUs) : 0;
    if (us > largestUs) us = largestUs;
    const index = indexOf(us);
    if (index >= this.#counts.length) this.#grow(index);
    this.#counts[index]! += times;
    this.#count += times;
    this.#sumUs += us * times;
    if (us > this.#maxUs) this.#maxUs = us;
  }

  #grow(index: number): void {
    let length = this.#counts.length;
    while (length <= index) length += subBucketCount;
    const counts = new Float64Array(Math.min(length, mostIndexes));
    counts.set(this.#counts);
    this.#counts = counts;
  }

  /** Adds all values of another histogram. */
  add(other: Histogram): void {
    if (other.#count === 0) return;
    if (other.#counts.length > this.#counts.length) this.#grow(other.#counts.length - 1);
    const [mine, theirs] = [this.#counts, other.#counts];
    for (let i = 0; i < theirs.length; i++) mine[i]! += theirs[i]!;
    this.#count += other.#count;
    this.#sumUs += other.#sumUs;
    if (other.#maxUs > this.#maxUs) this.#maxUs = other.#maxUs;
  }

  /**
   * The values recorded since `earlier`, an older copy of this histogram. Its maximum is that of its highest bucket,
   * never above this one's.
   */
  since(earlier: Histogram | undefined): Histogram {
    const delta = new Histogram();
    if (this.#count === (earlier?.count ?? 0)) return delta;
    delta.#counts = this.#counts.slice();
    delta.#count = this.#count;
    delta.#sumUs = this.#sumUs;
    if (earlier !== undefined) {
      for (let i = 0; i < earlier.#counts.length; i++) delta.#counts[i]! -= earlier.#counts[i]!;
      delta.#count -= earlier.#count;
      delta.#sumUs -= earlier.#sumUs;
    }
    let top = delta.#counts.length - 1;
    while (top > 0 && delta.#counts[top] === 0) top--;
    delta.#maxUs = indexOf(this.#maxUs) === top ? this.#maxUs : lowestAt(top + 1) - 1;
    return delta;
  }

  copy(): Histogram {
    return this.since(undefined);
  }

  /**
   * The value at quantile `q` (0 to 1), milliseconds; 0 when nothing was recorded. Never above the largest recorded
   * value.
   */
  quantileMs(q: number): number {
    if (this.#count === 0) return 0;
    const rank = Math.max(1, Math.ceil(q * this.#count));
    let seen = 0;
    for (let i = 0; i < this.#counts.length; i++) {
      seen += this.#counts[i]!;
      if (seen >= rank) return Math.min(middleAt(i), this.#maxUs) / 1000;
    }
    return this.maxMs;
  }

  /** Number of values at or below each of the bounds (seconds, increasing), as in a classic Prometheus histogram. */
  cumulativeAt(boundsSeconds: readonly number[]): number[] {
    const result: number[] = [];
    let seen = 0;
    let i = 0;
    for (const bound of boundsSeconds) {
      const limit = indexOf(Math.min(largestUs, Math.floor(bound * 1e6)));
      for (; i <= limit && i < this.#counts.length; i++) seen += this.#counts[i]!;
      result.push(seen);
    }
    return result;
  }

  /**
   * Calls back for every non-empty bucket in increasing order, with its highest value in microseconds and its count.
   */
  forEachBucket(visit: (upToUs: number, count: number) => void): void {
    for (let i = 0; i < this.#counts.length; i++)
      if (this.#counts[i] !== 0) visit(Math.min(lowestAt(i + 1) - 1, this.#maxUs), this.#counts[i]!);
  }

  /** The raw counts, for histogram-codec.ts. */
  get counts(): Float64Array {
    return this.#counts;
  }

  /**
   * Rebuilds a histogram from counts in this layout; `maxUs` and `sumUs` are estimated from the buckets when not given.
   */
  static fromCounts(counts: Float64Array, maxUs?: number, sumUs?: number): Histogram {
    const histogram = new Histogram();
    let top = 0;
    let count = 0;
    let sum = 0;
    const isSumKnown = sumUs !== undefined;
    for (let i = 0; i < counts.length; i++) {
      const n = counts[i]!;
      if (n === 0) continue;
      top = i;
      count += n;
      if (!isSumKnown) sum += n * middleAt(i);
    }
    if (top >= histogram.#counts.length) histogram.#grow(top);
    histogram.#counts.set(counts.subarray(0, Math.min(top + 1, counts.length)));
    histogram.#count = count;
    histogram.#sumUs = sumUs ?? sum;
    histogram.#maxUs = maxUs ?? (count === 0 ? 0 : lowestAt(top + 1) - 1);
    return histogram;
  }
}
