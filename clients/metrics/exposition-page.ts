/**
 * The text of a Prometheus page, exposition format 0.0.4: each metric's HELP and TYPE once with all its samples, in the
 * order of metric-names.ts. Our own instead of prom-client's registry: a scrape writes about 10,000 lines from typed
 * arrays and keeps nothing.
 */

import { histogramBoundsSeconds } from "../measure/histogram/bucket-counts.ts";
import type { Histogram } from "../measure/histogram/histogram.ts";
import { type MetricDefinition, type MetricName, metricPrefix, metrics, runLabels } from "./metric-names.ts";
import type { MonotoneCounters } from "./monotone-counters.ts";

export const expositionContentType = "text/plain; version=0.0.4; charset=utf-8";

const bucketLabels: readonly string[] = [...histogramBoundsSeconds.map((bound) => `le="${bound}"`), 'le="+Inf"'];

/** Escapes a label value: backslash, quote and line feed. */
export function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function formatValue(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}

const escapeHelp = (help: string): string => help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");

/**
 * The type as printed. A gauge with the label `quantile` is printed as untyped: promtool's linter reserves that label
 * for summaries, and this is not one (its quantiles are exact, of a single window).
 */
function printedType({ type, labels }: MetricDefinition): string {
  return labels.includes("quantile") ? "untyped" : type;
}

export class ExpositionPage {
  readonly #lines = new Map<MetricName, string[]>();

  push(name: MetricName, line: string): void {
    const lines = this.#lines.get(name);
    if (lines === undefined) this.#lines.set(name, [line]);
    else lines.push(line);
  }

  toString(): string {
    const text: string[] = [];
    for (const [name, definition] of Object.entries(metrics)) {
      const lines = this.#lines.get(name as MetricName);
      if (lines === undefined) continue;
      const full = metricPrefix + name;
      text.push(`# HELP ${full} ${escapeHelp(definition.help)}`, `# TYPE ${full} ${printedType(definition)}`);
      for (const line of lines) text.push(line);
    }
    return text.length === 0 ? "" : `${text.join("\n")}\n`;
  }
}

/** Writes one run's samples. Label values are passed in the order in which metric-names.ts lists the labels. */
export class RunSeries {
  readonly #page: ExpositionPage;
  readonly #own: string;
  readonly #counters: MonotoneCounters;

  /** `own` are the values of {@link runLabels}. */
  constructor(page: ExpositionPage, own: readonly string[], counters: MonotoneCounters) {
    this.#page = page;
    this.#own = runLabels.map((label, i) => `${label}="${escapeLabel(own[i] ?? "")}"`).join(",");
    this.#counters = counters;
  }

  gauge(name: MetricName, value: number, ...values: readonly string[]): void {
    this.#page.push(name, `${this.#series(name, values)} ${formatValue(value)}`);
  }

  /** Writes a counter, never lower than at an earlier scrape. Returns the written value. */
  counter(name: MetricName, value: number, ...values: readonly string[]): number {
    const series = this.#series(name, values);
    const shown = this.#counters.raise(series, value);
    this.#page.push(name, `${series} ${formatValue(shown)}`);
    return shown;
  }

  /** A classic histogram with exact count and sum; a missing one is written as empty. */
  histogram(name: MetricName, histogram: Histogram | undefined, ...values: readonly string[]): void {
    const labels = this.#labels(name, values);
    const full = metricPrefix + name;
    const count = histogram?.count ?? 0;
    const cumulative = histogram?.cumulativeAt(histogramBoundsSeconds) ?? histogramBoundsSeconds.map(() => 0);
    const shown = this.#counters.raiseBuckets(`${full}{${labels}`, [...cumulative, count]);
    for (let i = 0; i < shown.length; i++)
      this.#page.push(name, `${full}_bucket{${labels},${bucketLabels[i]}} ${shown[i]}`);
    const sumSeconds = this.#counters.raise(`${full}_sum{${labels}`, (histogram?.sumUs ?? 0) / 1e6);
    this.#page.push(name, `${full}_sum{${labels}} ${sumSeconds}`);
    this.#page.push(name, `${full}_count{${labels}} ${shown.at(-1)}`);
  }

  /** Whether a code chosen by a peer has its own series. */
  admits(cause: string, code: string): boolean {
    return this.#counters.admits(cause, code);
  }

  #labels(name: MetricName, values: readonly string[]): string {
    const { labels } = metrics[name] as MetricDefinition;
    if (labels.length !== values.length)
      throw new Error(`${name} has labels ${labels.join(", ")}; got ${values.length} values`);
    let text = this.#own;
    for (let i = 0; i < labels.length; i++) text += `,${labels[i]}="${escapeLabel(values[i]!)}"`;
    return text;
  }

  #series(name: MetricName, values: readonly string[]): string {
    return `${metricPrefix}${name}{${this.#labels(name, values)}}`;
  }
}
