/** From figures to places on an axis, and the round numbers to mark there. Pure. */
import { formatMilliseconds, formatNumber } from "../model/format.ts";

/** A mark on an axis: `at` is 0 at its beginning and 1 at its end. */
export interface Tick {
  at: number;
  label: string;
}

/** One axis: where a value lies on it (0 to 1; outside values are clamped), and its marks. */
export interface Scale {
  place: (value: number) => number;
  ticks: Tick[];
  kind: "linear" | "log" | "nines";
}

const clamp = (share: number) => Math.min(1, Math.max(0, share));

/** The round step (1, 2 or 5 times a power of ten) with which at most `most` steps cover `span`. */
export function roundStep(span: number, most: number): number {
  if (!(span > 0) || !Number.isFinite(span)) return 1;
  const power = 10 ** Math.floor(Math.log10(span / most));
  const step = [1, 2, 5, 10].find((factor) => span / (factor * power) <= most) ?? 10;
  return step * power;
}

/** A linear axis from `low` to the round number at or above `high`. An empty range becomes 0 to 1. */
export function linearScale(
  low: number,
  high: number,
  format: (value: number, step: number) => string = formatTick,
  mostTicks = 5,
): Scale {
  const top = high > low ? high : low + (low === 0 ? 1 : Math.abs(low));
  const step = roundStep(top - low, mostTicks);
  const [first, last] = [Math.floor(low / step + 1e-9) * step, Math.ceil(top / step - 1e-9) * step];
  const place = (value: number) => clamp((value - first) / (last - first));
  const values = Array.from({ length: Math.round((last - first) / step) + 1 }, (_, index) => first + index * step);
  return { place, ticks: values.map((value) => ({ at: place(value), label: format(value, step) })), kind: "linear" };
}

/** A logarithmic axis over whole powers of ten around `low` to `high`, both above zero. */
export function logScale(low: number, high: number, format: (value: number) => string = formatTick): Scale {
  const [first, last] = [Math.floor(Math.log10(low) + 1e-9), Math.ceil(Math.log10(high) - 1e-9)];
  const end = last > first ? last : first + 1;
  const place = (value: number) => (value > 0 ? clamp((Math.log10(value) - first) / (end - first)) : 0);
  const between = end - first <= 2 ? [1, 2, 5] : [1];
  const values = Array.from({ length: end - first + 1 }, (_, index) => first + index).flatMap((power) =>
    between.map((factor) => factor * 10 ** power),
  );
  return {
    place,
    ticks: values
      .filter((value) => value <= 10 ** end * 1.001)
      .map((value) => ({ at: place(value), label: format(value) })),
    kind: "log",
  };
}

/** Linear from zero, or logarithmic when the values span more than a factor of `spread` and none is zero. */
export function latencyScale(values: readonly number[], spread = 60): Scale {
  let [low, high] = [Number.POSITIVE_INFINITY, 0];
  for (const value of values) {
    if (value > 0 && value < low) low = value;
    if (value > high) high = value;
  }
  if (!Number.isFinite(low) || high <= 0) return linearScale(0, 1);
  return high / low > spread ? logScale(low, high, (value) => formatTick(value)) : linearScale(0, high);
}

/**
 * The percentile axis of HdrHistogram: equal room for each nine, so that the tail, where the trouble is, gets its own.
 * Values are shares from 0 to 1; `samples` says how many nines can be known. The largest sample (share 1) lies at the
 * end.
 */
export function ninesScale(samples: number): Scale {
  const nines = Math.min(6, Math.max(2, Math.ceil(Math.log10(Math.max(10, samples)))));
  const place = (share: number) => clamp(share >= 1 ? 1 : -Math.log10(1 - share) / (nines + 0.4));
  const shares = [0.5, ...Array.from({ length: nines }, (_, index) => 1 - 10 ** -(index + 1))];
  return {
    place,
    ticks: shares
      .filter((share) => place(share) <= 1)
      .map((share) => ({ at: place(share), label: formatPercentile(share) })),
    kind: "nines",
  };
}

function formatPercentile(share: number): string {
  return `p${Number((share * 100).toFixed(4))}`;
}

const timeStepsMs = [1, 2, 5, 10, 20, 50, 100, 200, 500].concat(
  [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800].map(
    (seconds) => seconds * 1000,
  ),
);

/**
 * Time since the start in milliseconds, marked at round seconds, minutes or hours; the axis ends where the data ends.
 */
export function timeScale(fromMs: number, toMs: number, mostTicks = 7): Scale {
  const end = toMs > fromMs ? toMs : fromMs + 1000;
  const span = end - fromMs;
  const step = timeStepsMs.find((candidate) => span / candidate <= mostTicks) ?? roundStep(span, mostTicks);
  const first = Math.ceil(fromMs / step) * step;
  const values = Array.from(
    { length: Math.floor((end - first) / step + 1e-9) + 1 },
    (_, index) => first + index * step,
  );
  const place = (value: number) => clamp((value - fromMs) / span);
  return {
    place,
    ticks: values.map((value) => ({ at: place(value), label: formatElapsed(value, step) })),
    kind: "linear",
  };
}

/** `45 s`, `3:20 min`, `2:05 h`: as fine as the step asks for. */
export function formatElapsed(elapsedMs: number, stepMs: number): string {
  const two = (value: number) => String(value).padStart(2, "0");
  if (stepMs < 1000) return `${formatMilliseconds(elapsedMs)} ms`;
  const seconds = Math.round(elapsedMs / 1000);
  if (stepMs < 60_000 && seconds < 120) return `${seconds} s`;
  if (stepMs < 60_000) return `${Math.floor(seconds / 60)}:${two(seconds % 60)} min`;
  if (stepMs < 3_600_000 && seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  return seconds % 3600 === 0
    ? `${seconds / 3600} h`
    : `${Math.floor(seconds / 3600)}:${two(Math.floor((seconds % 3600) / 60))} h`;
}

/** A round number on an axis; the step says how many decimals it needs. */
export function formatTick(value: number, step?: number): string {
  if (value === 0) return "0";
  if (Math.abs(value) >= 1e6) return `${formatNumber(value / 1e6)} M`;
  if (step === undefined) return String(Number(value.toPrecision(3)));
  const decimals = Math.min(6, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
  return decimals === 0 ? formatNumber(Math.round(value)) : value.toFixed(decimals);
}
