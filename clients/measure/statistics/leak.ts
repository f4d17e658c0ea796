/** Whether memory grows without bound: the soak's verdict on heap or resident bytes, and what remains after a drain. */
import { blockTrend, trendWithin } from "./block-trend.ts";
import type { Series, Slope } from "./trend.ts";

const hourMs = 3_600_000;

/** Parameters of the verdict. */
export interface LeakTerms {
  /** Intended uptime of the target between restarts, milliseconds. */
  lifetimeMs: number;
  /** Acceptable growth over that time, bytes. */
  budgetBytes: number;
  /** Memory at which the target would be killed (its limit), bytes. */
  limitBytes?: number;
  connections?: number;
  pushesPerSecond?: number;
  /** Time excluded from the start, milliseconds; see {@link warmUpMs}. */
  warmUpMs?: number;
  /** Only growth within these is judged, since the load differs between them; no further warm-up is excluded. */
  stretches?: readonly Stretch[];
}

/** A span of constant load within a series, [from, to), in the series' milliseconds. */
export interface Stretch {
  fromMs: number;
  toMs: number;
}

/** `leak` requires both: significantly above zero, and more than the budget over the lifetime. */
export interface LeakVerdict {
  verdict: "leak" | "steady" | "too-short";
  bytesPerHour: Slope | null;
  projectedBytes: number | null;
  bytesPerConnectionHour: number | null;
  bytesPerMillionPushes: number | null;
  /**
   * Time from the last block's minimum to the limit at the estimated slope, milliseconds; null when memory does not
   * grow or no limit is known.
   */
  timeToLimitMs: number | null;
  blocks: number;
  blockMs: number;
  lagOne: number;
  /** The blocks are still correlated: treat the limits with caution, or soak for longer. */
  dependent: boolean;
  /** Indexes of the stretches the verdict is based on; null where none were given. */
  stretches: number[] | null;
}

/** The part at the start of a soak that is not judged: 10 % or 30 minutes, whichever is less, milliseconds. */
export function warmUpMs(spanMs: number): number {
  return Math.min(spanMs / 10, hourMs / 2);
}

/** The part of a series from `startMs` after its first sample on. */
export function afterWarmUp(series: Series, startMs: number): Series {
  const { atMs, values } = series;
  let from = 0;
  while (from < values.length && (atMs[from] ?? 0) < (atMs[0] ?? 0) + startMs) from += 1;
  return { atMs: partOf(atMs, from), values: partOf(values, from) };
}

/** The part of a series within a stretch. */
export function withinStretch(series: Series, { fromMs, toMs }: Stretch): Series {
  const at = Array.from(series.atMs).flatMap((ms, index) => (ms >= fromMs && ms < toMs ? [index] : []));
  return { atMs: at.map((index) => series.atMs[index]!), values: at.map((index) => series.values[index]!) };
}

function partOf(list: ArrayLike<number>, from: number): Float64Array {
  const part = new Float64Array(Math.max(0, list.length - from));
  for (let index = 0; index < part.length; index += 1) part[index] = list[from + index] ?? Number.NaN;
  return part;
}

/**
 * The verdict on a series of bytes (heap in use if the target reports it, otherwise resident memory), from block
 * minima.
 */
export function judgeLeak(series: Series, terms: LeakTerms): LeakVerdict {
  const count = series.values.length;
  const spanMs = (series.atMs[count - 1] ?? 0) - (series.atMs[0] ?? 0);
  const settled = afterWarmUp(series, terms.warmUpMs ?? warmUpMs(spanMs));
  const { stretches } = terms;
  const within = stretches?.map((stretch) => withinStretch(series, stretch));
  const trend = within === undefined ? blockTrend(settled, "minimum") : trendWithin(within, "minimum");
  if (trend === null) return { ...tooShort, stretches: stretches === undefined ? null : [] };
  const { slope } = trend;
  const perHour = { estimate: slope.estimate * hourMs, lower: slope.lower * hourMs, upper: slope.upper * hourMs };
  const projectedBytes = slope.estimate * terms.lifetimeMs;
  const leaks = slope.lower > 0 && projectedBytes > terms.budgetBytes;
  return {
    verdict: leaks ? "leak" : "steady",
    bytesPerHour: perHour,
    projectedBytes,
    bytesPerConnectionHour: terms.connections ? perHour.estimate / terms.connections : null,
    bytesPerMillionPushes: terms.pushesPerSecond ? ((slope.estimate * 1000) / terms.pushesPerSecond) * 1e6 : null,
    timeToLimitMs: timeTo(terms.limitBytes, floorAtEnd(settled, trend.blockMs), slope.estimate),
    blocks: trend.blocks,
    blockMs: trend.blockMs,
    lagOne: trend.lagOne,
    dependent: trend.dependent,
    stretches: stretches === undefined ? null : trend.parts,
  };
}

const tooShort: LeakVerdict = {
  verdict: "too-short",
  bytesPerHour: null,
  projectedBytes: null,
  bytesPerConnectionHour: null,
  bytesPerMillionPushes: null,
  timeToLimitMs: null,
  blocks: 0,
  blockMs: 0,
  lagOne: 0,
  dependent: false,
  stretches: null,
};

function floorAtEnd(series: Series, blockMs: number): number {
  let least = Number.POSITIVE_INFINITY;
  const endMs = series.atMs[series.atMs.length - 1] ?? 0;
  for (let index = series.values.length - 1; index >= 0 && (series.atMs[index] ?? 0) > endMs - blockMs; index -= 1) {
    least = Math.min(least, series.values[index] ?? least);
  }
  return least;
}

function timeTo(limitBytes: number | undefined, nowBytes: number, bytesPerMs: number): number | null {
  if (limitBytes === undefined || !(bytesPerMs > 0)) return null;
  return Math.max(0, limitBytes - nowBytes) / bytesPerMs;
}

/**
 * One quantity before the load and after a full drain (descriptors, kernel sockets, TIME_WAIT, tracked connections,
 * bytes).
 */
export interface DrainCheck {
  name: string;
  before: number;
  after: number;
  /** What may remain, in the same unit. */
  allowed: number;
}

/** What remained beyond the allowance: a leak revealed by churn. */
export interface Residue extends DrainCheck {
  residue: number;
  ok: boolean;
}

/** Every check with its residue (`after - before`, negative when less remains than there was). */
export function judgeResidue(checks: readonly DrainCheck[]): Residue[] {
  return checks.map((check) => {
    const residue = check.after - check.before;
    return { ...check, residue, ok: residue <= check.allowed };
  });
}
