/** What a panel's queries answer over a span of time, as Grafana would show it: series with legends, points with their instants. */
import { type PanelJson, type VariableValues, withVariables } from "./dashboard-queries.ts";

export interface PreviewPoint {
  atMs: number;
  value: number;
}

export interface PreviewSeries {
  refId: string;
  /** The legend's text, Grafana's format filled in. */
  name: string;
  labels: Readonly<Record<string, string>>;
  /** In order of time; NaN left out. One, of now, for an instant query. */
  points: readonly PreviewPoint[];
}

export interface Span {
  fromMs: number;
  toMs: number;
}

/** Points of a series: about as many as a panel has pixels to tell apart. */
const mostPoints = 240;

/** The step of a query over time: whole seconds, never below the scrape interval. */
export function stepSeconds({ fromMs, toMs }: Span): number {
  return Math.max(1, Math.ceil((toMs - fromMs) / 1000 / mostPoints));
}

interface ApiResponse {
  status: string;
  error?: string;
  data?: { result: { metric: Record<string, string>; value?: [number, string]; values?: [number, string][] }[] };
}

/** Runs one query. Throws with Prometheus's own words when it refuses. */
export async function askRange(url: string, expr: string, span: Span, instant: boolean): Promise<Omit<PreviewSeries, "refId" | "name">[]> {
  const time = instant ? { time: `${span.toMs / 1000}` } : { start: `${span.fromMs / 1000}`, end: `${span.toMs / 1000}`, step: `${stepSeconds(span)}` };
  const response = await fetch(`${url}/api/v1/${instant ? "query" : "query_range"}`, { method: "POST", body: new URLSearchParams({ query: expr, ...time }) });
  const answer = (await response.json()) as ApiResponse;
  if (answer.status !== "success") throw new Error(`${answer.error}: ${expr}`);
  return (answer.data?.result ?? []).map(({ metric, value, values }) => {
    const points = (values ?? (value === undefined ? [] : [value])).map(([seconds, text]) => ({ atMs: seconds * 1000, value: Number(text) }));
    return { labels: metric, points: points.filter((point) => !Number.isNaN(point.value)) };
  });
}

/** A panel's series, in order of its queries. */
export async function panelSeries(url: string, panel: PanelJson, span: Span, values: VariableValues): Promise<PreviewSeries[]> {
  const all: PreviewSeries[] = [];
  for (const { refId = "A", expr, instant, legendFormat = "" } of panel.targets ?? []) {
    const answers = await askRange(url, withVariables(expr, values), span, instant);
    for (const { labels, points } of answers) if (points.length > 0) all.push({ refId, name: legendOf(legendFormat, labels), labels, points });
  }
  return all;
}

/** The format with labels in place of {{names}}. */
export function legendOf(format: string, labels: Readonly<Record<string, string>>): string {
  const filled = format.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name: string) => labels[name] ?? "").replace(/\s+/g, " ");
  return filled.trim() === "" ? (labels.target ?? "value") : filled.trim();
}
