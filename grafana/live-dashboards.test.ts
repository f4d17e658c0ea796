/** The dashboards on real runs: every kind, scraped by a real Prometheus once a second. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { MetricsServer } from "../clients/metrics/metrics-server.ts";
import { capacityOf } from "../clients/report/model/capacity-block.ts";
import type { Report } from "../clients/report/model/report.ts";
import { dashboardUids } from "./identity.ts";
import { preview } from "./preview.ts";
import { projectFolder } from "./project-folder.ts";
import { prometheusMissing, type RunningPrometheus, startPrometheus } from "./testing/prometheus-process.ts";
import { ask, askDashboards, type QueryAnswer, until, withoutData } from "./testing/query-check.ts";
import { SmokeRuns } from "./testing/smoke-runs.ts";

const missing = prometheusMissing();

/** Panels that may be empty, and when. */
const honestlyEmpty: Record<string, (reports: Map<string, Report>) => boolean> = {
  // Of now, and all runs are over: its series is that of the sweep, which is held against the steps below.
  "holdfast-api / Users A": () => true,
  "holdfast-pipeline / Relative to CPython A": (reports) => !reports.has("reference"),
};

const runs = new SmokeRuns();
let metrics: MetricsServer;
let prometheus: RunningPrometheus;
let reports: Map<string, Report>;
/** Answers a few seconds after a shard was killed, for its run, and at the end, for all. */
let afterKill: QueryAnswer[];
let atEnd: QueryAnswer[];
let beganMs: number;

const first = ([series]: { values: number[] }[]): number => series?.values[0] ?? Number.NaN;

before(
  async () => {
    if (missing !== null) return;
    metrics = await runs.serve();
    prometheus = await startPrometheus({ metricsUrl: metrics.url, ruleFiles: [join(projectFolder, "prometheus/rules.yml")] });
    await until(prometheus, 'up{job="holdfast"}', (up) => first(up) === 1);
    beganMs = Date.now();
    const ended = runs.run();
    // Should it fail before it is waited for below.
    ended.catch(() => {});
    await until(prometheus, "sum by (run) (holdfast_connections{state='open'}) == 40", (open) => open.some(({ labels }) => labels.run === runs.id("killed")));
    runs.killShard();
    await until(prometheus, `sum(rate(holdfast_connections_closed_total{run="${runs.id("killed")}",cause="generator-died"}[4s]))`, (rate) => first(rate) > 0);
    afterKill = await askDashboards(prometheus, { fromMs: Date.now() - 4000, toMs: Date.now() }, { run: runs.id("killed") });
    reports = await ended;
    await until(prometheus, "count(holdfast_run_verdict)", (count) => first(count) === reports.size);
    atEnd = await askDashboards(prometheus, { fromMs: beganMs, toMs: Date.now() });
  },
  { timeout: 90_000 },
);

after(async () => {
  await prometheus?.close();
  await metrics?.close();
  runs.close();
});

const seriesOf = (answers: readonly QueryAnswer[], dashboard: string, panel: string, refId = "A") =>
  answers.find((answer) => answer.dashboard === `holdfast-${dashboard}` && answer.panel === panel && answer.refId === refId)?.series ?? [];

describe("the dashboards on real runs", { skip: missing ?? false }, () => {
  test("every panel's query gives data", () => {
    assert.ok(["held", "killed", "soak", "api", "capacity"].every((name) => reports.has(name)));
    const expected = Object.keys(honestlyEmpty).filter((name) => honestlyEmpty[name]?.(reports));
    assert.deepEqual(withoutData(atEnd), expected);
  });

  test("where nothing went wrong the panels of trouble read 0, and are not empty", () => {
    const zeros: [dashboard: string, panel: string, run: "held" | "api", refId?: string][] = [
      ["connections", "Pushes lost", "held"],
      ["connections", "Unexpected closes", "held"],
      ["connections", "Limits failing", "held"],
      ["connections", "Failures to open, by cause", "held"],
      ["connections", "Lost, late, duplicated, out of order", "held"],
      ["connections", "Lost, late, duplicated, out of order", "held", "E"],
      ["api", "Failed requests", "api"],
      ["api", "Failed share", "api"],
    ];
    for (const [dashboard, panel, run, refId] of zeros) {
      const of = seriesOf(atEnd, dashboard, panel, refId).filter(({ labels }) => labels.run === runs.id(run));
      assert.ok(of.length > 0 && of.every(({ values }) => values.every((value) => value === 0)), `${panel} ${refId}: ${JSON.stringify(of)}`);
    }
    const causes = seriesOf(atEnd, "api", "Failures, by cause").filter(({ labels }) => labels.run === runs.id("api"));
    assert.deepEqual(
      causes.map(({ labels }) => labels.cause),
      ["none"],
    );
  });

  test("a shard that dies moves what should move: open, closes by cause, limits, its own line, the verdict, the alerts", async () => {
    const newest = (panel: string) => seriesOf(afterKill, "connections", panel)[0]?.values.at(-1);
    assert.deepEqual([newest("Open"), newest("Open of planned"), newest("Unexpected closes"), newest("Limits failing")], [20, 0.5, 20, 1]);
    const causes = seriesOf(afterKill, "connections", "Closes, by cause and code").map(({ labels }) => labels.cause);
    assert.deepEqual(causes.sort(), ["generator-died", "none"]);
    const lines = seriesOf(afterKill, "connections", "Loop delay of each shard").map(({ values }) => values.length);
    assert.ok(lines.length === 2 && Math.min(...lines) < Math.max(...lines), `${lines}`);
    const verdicts = seriesOf(atEnd, "overview", "Side by side", "F").filter(({ labels }) => labels.run === runs.id("killed"));
    assert.deepEqual(
      verdicts.map(({ labels }) => labels.verdict),
      ["invalid"],
    );
    for (const alert of ["HoldfastDisconnectsAboveLimit", "HoldfastGeneratorNotTrustworthy"])
      await until(prometheus, `ALERTS{alertname="${alert}",run="${runs.id("killed")}"}`, (alerts) => alerts.length > 0);
  });

  test("the sweep's users, the search's bounds and the variants' lines are those of the reports", async () => {
    const users = seriesOf(atEnd, "api", "Sweep by users", "B").find(({ labels }) => labels.run === runs.id("api"))?.values ?? [];
    assert.deepEqual(
      [2, 4].map((step) => users.includes(step)),
      [true, true],
    );
    const bound = await ask(prometheus, `last_over_time(holdfast_capacity_bound_connections{bound="lower"}[5m])`, { fromMs: 0, toMs: Date.now() }, true);
    assert.equal(first(bound), capacityOf(reports.get("capacity")!)?.lower);
    const lines = reports.get("lines");
    if (lines === undefined) return;
    const counted = await ask(prometheus, `sum(holdfast_pipeline_lines_total{run="${lines.run}"})`, { fromMs: 0, toMs: Date.now() }, true);
    assert.equal(
      first(counted),
      (lines.variants ?? []).reduce((sum, { runs: times }) => sum + times * 20_000, 0),
    );
  });

  test("drawn without a Grafana, every dashboard has its panels, each with something in it, and asks nothing of the network", async () => {
    for (const dashboard of dashboardUids) {
      const page = await preview({ prometheus: prometheus.url, dashboard, span: { fromMs: beganMs, toMs: Date.now() }, run: ".*", target: ".*" });
      const titles = atEnd.filter((answer) => answer.dashboard === dashboard && answer.refId !== "mark").map(({ panel }) => panel);
      for (const title of titles) assert.ok(page.includes(`<h3>${title}</h3>`), `${dashboard}: ${title}`);
      const empty = [...page.matchAll(/<h3>([^<]*)<\/h3><p class="none">/g)].map(([, title]) => `${dashboard} / ${title} A`);
      assert.deepEqual(
        empty.filter((panel) => honestlyEmpty[panel]?.(reports) !== true),
        [],
      );
      assert.doesNotMatch(page, /<script|https?:\/\//);
    }
    const part = await preview({
      prometheus: prometheus.url,
      dashboard: "holdfast-connections",
      span: { fromMs: beganMs, toMs: Date.now() },
      run: runs.id("held"),
      target: ".*",
      rows: ["Trust"],
    });
    assert.ok(part.includes("<h2") && part.includes("Loop delay of each shard") && !part.includes("<h3>Open and planned"));
  });

  test("after its end a run's series go away, and what they were stays in the past", async () => {
    runs.becomeLongOver();
    await until(prometheus, 'count({__name__=~"holdfast_.+"})', (count) => count.length === 0);
    const kept = await ask(prometheus, "count(last_over_time(holdfast_run_verdict[5m]))", { fromMs: 0, toMs: Date.now() }, true);
    assert.equal(first(kept), reports.size);
  });
});
