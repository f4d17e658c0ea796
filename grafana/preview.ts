/**
 * Draws a committed dashboard from a Prometheus, without a Grafana:
 * `node dist/grafana/preview.js --prometheus http://127.0.0.1:9090 --dashboard holdfast-connections --from 12:00:00Z --to ... > page.html`.
 * It follows the dashboard's JSON (grid, queries, units, colours, legends); it is an approximation of Grafana's panels, not a copy.
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { anyRun, type DashboardJson, type PanelJson, readDashboards, type VariableValues, withVariables } from "./dashboard-queries.ts";
import { askRange, legendOf, type PreviewSeries, panelSeries, type Span } from "./preview-data.ts";
import { previewPage } from "./preview-page.ts";
import type { PhaseMark } from "./preview-time-series.ts";

export interface PreviewOrder {
  /** Address of a Prometheus. */
  prometheus: string;
  /** Uid of a dashboard. */
  dashboard: string;
  span: Span;
  /** Of runs and targets, as regular expressions. */
  run: string;
  target: string;
  /** Titles of the rows to draw; none: all. */
  rows?: readonly string[];
}

/** The page; throws with Prometheus's own words when it refuses a query. */
export async function preview({ prometheus, dashboard: uid, span, run, target, rows = [] }: PreviewOrder): Promise<string> {
  const known = readDashboards();
  const whole = known.find((one) => one.uid === uid);
  if (whole === undefined) throw new Error(`--dashboard: expected one of ${known.map((one) => one.uid).join(", ")}, got "${uid}"`);
  const dashboard = { ...whole, panels: rowsOf(whole.panels, rows) };
  const rangeSeconds = (span.toMs - span.fromMs) / 1000;
  const values: VariableValues = { ...anyRun, run, target, rangeSeconds };
  const answers = new Map<number, PreviewSeries[]>();
  for (const panel of dashboard.panels) if (panel.targets !== undefined) answers.set(panel.id, await panelSeries(prometheus, panel, span, values));
  const marks = await phaseMarks(prometheus, dashboard, span, values);
  return previewPage({ dashboard, answers, frame: { span, marks }, chosen: `run ${run === ".*" ? "All" : run}, target ${target === ".*" ? "All" : target}` });
}

/** The panels of these rows, moved up to where rows left out were. */
function rowsOf(panels: readonly PanelJson[], titles: readonly string[]): PanelJson[] {
  const chosen: PanelJson[] = [];
  let isChosen = true;
  let [offset, bottom] = [0, 0];
  for (const panel of panels) {
    const { y, h } = panel.gridPos;
    if (panel.type === "row") {
      isChosen = titles.length === 0 || titles.includes(panel.title);
      offset = y - bottom;
    }
    if (!isChosen) continue;
    chosen.push({ ...panel, gridPos: { ...panel.gridPos, y: y - offset } });
    bottom = Math.max(bottom, y - offset + h);
  }
  return chosen;
}

/** Where phases began: the annotation's values are instants. */
async function phaseMarks(prometheus: string, { annotations }: DashboardJson, span: Span, values: VariableValues): Promise<PhaseMark[]> {
  const marks = new Map<string, PhaseMark>();
  for (const { expr } of annotations.list) {
    for (const { labels, points } of await askRange(prometheus, withVariables(expr, values), span, false)) {
      for (const { value } of points) marks.set(`${labels.phase} ${value}`, { atMs: value, label: legendOf("{{phase}}", labels) });
    }
  }
  return [...marks.values()].filter(({ atMs }) => atMs >= span.fromMs && atMs <= span.toMs);
}

/** An instant as seconds since 1970 or in ISO 8601. Throws a sentence. */
function instant(text: string, flag: string): number {
  const atMs = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text);
  if (!Number.isFinite(atMs)) throw new Error(`${flag}: expected seconds since 1970 or an ISO 8601 instant, got "${text}"`);
  return atMs;
}

async function main(): Promise<void> {
  const options = {
    prometheus: { type: "string", default: "http://127.0.0.1:9090" },
    dashboard: { type: "string", default: "holdfast-connections" },
    from: { type: "string", default: `${Date.now() / 1000 - 900}` },
    to: { type: "string", default: `${Date.now() / 1000}` },
    run: { type: "string", default: ".*" },
    target: { type: "string", default: ".*" },
    row: { type: "string", multiple: true, default: [] as string[] },
  } as const;
  const { values } = parseArgs({ options });
  const { from, to, row, ...rest } = values;
  process.stdout.write(await preview({ ...rest, rows: row, span: { fromMs: instant(from, "--from"), toMs: instant(to, "--to") } }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
