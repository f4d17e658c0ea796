/** PromQL, put together from the metric list: a name that does not exist does not compile. */
import { type MetricName, metricPrefix } from "../clients/metrics/metric-names.ts";

export type SeriesName = MetricName | `${MetricName}_${"bucket" | "sum" | "count"}`;

/** What every query selects: the runs and targets chosen at the dashboard's top. */
export const chosen = 'run=~"$runs",target=~"$target"';
/** Closes that nobody asked for. */
export const unexpected = 'cause!~"planned|interrupted"';
/** Prometheus's own series of the alerts that fire for the chosen runs. */
export const firingAlerts = `ALERTS{alertstate="firing",${chosen}}`;
/** One line per run: two runs of one target stay apart. */
export const perRun = "run, target";

/** The chosen runs' series of a metric, e.g. series("connections", 'state="open"'). */
export function series(name: SeriesName, ...matchers: readonly string[]): string {
  return `${metricPrefix}${name}{${[chosen, ...matchers].join(",")}}`;
}

/** The sum of a metric, by labels. */
export function total(name: SeriesName, by: string, ...matchers: readonly string[]): string {
  return `sum by (${by}) (${series(name, ...matchers)})`;
}

/** A counter's increase per second, by labels. `over` is the window; a time series takes its own step. */
export function perSecond(
  name: SeriesName,
  by: string,
  matchers: readonly string[] = [],
  over = "$__rate_interval",
): string {
  return `sum by (${by}) (rate(${series(name, ...matchers)}[${over}]))`;
}

/** A quantile estimated from the classic histogram: at most sqrt(2) too large. */
export function quantile(q: number, name: MetricName, by: string, ...matchers: readonly string[]): string {
  return `histogram_quantile(${q}, ${perSecond(`${name}_bucket`, `le, ${by}`, matchers)})`;
}

/** An exact quantile of push latency; there is one series per run, so max picks it and averages nothing. */
export function exactQuantile(q: string, window: "last" | "run"): string {
  return `max by (${perRun}) (${series("push_latency_quantile_seconds", `quantile="${q}"`, `window="${window}"`)})`;
}

/** `dividend / divisor`, absent where the divisor is 0. */
export function ratio(dividend: string, divisor: string): string {
  return `${dividend} / (${divisor} > 0)`;
}

/** An expression by run and target that reads 0, not "No data", where a run has none of it. */
export function orZero(expression: string): string {
  return `${expression} or 0 * ${total("run_info", perRun)}`;
}

/**
 * Series above 0, and one named "none" that reads 0: a panel of causes that is never empty and lists no cause that did
 * not come.
 */
export function onlyThose(expression: string, all: string): string {
  return `(${expression} > 0) or label_replace(0 * ${all}, "cause", "none", "", "")`;
}

/** The last value a finished run showed within the time range. */
export function lastOf(name: SeriesName, by: string, ...matchers: readonly string[]): string {
  return `max by (${by}) (last_over_time(${series(name, ...matchers)}[$__range]))`;
}

/** The sum over replicas or shards of the highest values within the time range. */
export function highest(name: SeriesName, by: string, ...matchers: readonly string[]): string {
  return `sum by (${by}) (max_over_time(${series(name, ...matchers)}[$__range]))`;
}
