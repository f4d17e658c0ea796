/**
 * Runs the queries of dashboards against a Prometheus and says which gave data: of a made-up source in our tests, of a
 * real run in a smoke test.
 */
import { setTimeout as wait } from "node:timers/promises";
import {
  type DashboardQuery,
  queriesOf,
  readDashboards,
  type VariableValues,
  withVariables,
} from "./dashboard-queries.ts";
import type { RunningPrometheus } from "./prometheus-process.ts";

/** A series as Prometheus gives it: its labels, and its values in order of time, NaN left out. */
export interface SeriesAnswer {
  labels: Record<string, string>;
  values: number[];
}

export interface QueryAnswer extends DashboardQuery {
  /** Series that have at least one value. */
  series: SeriesAnswer[];
}

/** A span of Unix time, milliseconds. */
export interface TimeSpan {
  fromMs: number;
  toMs: number;
}

interface ApiResponse {
  status: string;
  error?: string;
  data?: { result: { metric: Record<string, string>; value?: [number, string]; values?: [number, string][] }[] };
}

/**
 * Runs one query, over time in steps of the scrape interval or at the span's end. Throws with Prometheus's own words
 * when it refuses.
 */
export async function ask(
  { url, scrapeSeconds }: RunningPrometheus,
  expr: string,
  { fromMs, toMs }: TimeSpan,
  instant = false,
): Promise<SeriesAnswer[]> {
  const time = instant
    ? { time: `${toMs / 1000}` }
    : { start: `${fromMs / 1000}`, end: `${toMs / 1000}`, step: `${scrapeSeconds}` };
  const path = instant ? "/api/v1/query" : "/api/v1/query_range";
  const response = await fetch(url + path, { method: "POST", body: new URLSearchParams({ query: expr, ...time }) });
  const answer = (await response.json()) as ApiResponse;
  if (answer.status !== "success") throw new Error(`${answer.error}: ${expr}`);
  const all = (answer.data?.result ?? []).map(({ metric, value, values }) => {
    const numbers = (values ?? (value === undefined ? [] : [value])).map(([, text]) => Number(text));
    return { labels: metric, values: numbers.filter((number) => !Number.isNaN(number)) };
  });
  return all.filter(({ values }) => values.length > 0);
}

/**
 * Every query of the committed dashboards, with its answer over the span. Grafana's variables take `chosen`, by default
 * everything.
 */
export async function askDashboards(
  prometheus: RunningPrometheus,
  span: TimeSpan,
  chosen: Partial<VariableValues> = {},
): Promise<QueryAnswer[]> {
  const { scrapeSeconds } = prometheus;
  const values: VariableValues = {
    run: ".*",
    target: ".*",
    bound: "0.1024",
    rangeSeconds: Math.max(1, (span.toMs - span.fromMs) / 1000),
    scrapeSeconds,
    ...chosen,
  };
  const answers: QueryAnswer[] = [];
  for (const query of readDashboards().flatMap(queriesOf)) {
    answers.push({ ...query, series: await ask(prometheus, withVariables(query.expr, values), span, query.instant) });
  }
  return answers;
}

/** "DASHBOARD / PANEL REFID" of queries that gave no data. */
export function withoutData(answers: readonly QueryAnswer[]): string[] {
  return answers
    .filter(({ series }) => series.length === 0)
    .map(({ dashboard, panel, refId }) => `${dashboard} / ${panel} ${refId}`);
}

/**
 * Waits until a query's newest answer satisfies a condition; throws with that answer when it does not within
 * `withinMs`.
 */
export async function until(
  prometheus: RunningPrometheus,
  expr: string,
  isMet: (series: SeriesAnswer[]) => boolean,
  withinMs = 20_000,
): Promise<void> {
  let last: SeriesAnswer[] = [];
  for (const endMs = Date.now() + withinMs; Date.now() < endMs; await wait(100)) {
    last = await ask(prometheus, expr, { fromMs: 0, toMs: Date.now() }, true);
    if (isMet(last)) return;
  }
  throw new Error(`not met within ${withinMs} ms: ${expr}, last ${JSON.stringify(last)}`);
}

/** What a query of a panel gave; none for one that was not asked. */
export const seriesOf = (answers: readonly QueryAnswer[], dashboard: string, panel: string, refId = "A") =>
  answers.find(
    (answer) => answer.dashboard === `holdfast-${dashboard}` && answer.panel === panel && answer.refId === refId,
  )?.series ?? [];
