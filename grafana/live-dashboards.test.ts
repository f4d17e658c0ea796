/** The dashboards on real runs: every kind, scraped by a real Prometheus once a second. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { MetricsServer } from "../clients/metrics/metrics-server.ts";
import { capacityOf } from "../clients/report/model/capacity-block.ts";
import type { Report } from "../clients/report/model/report.ts";
import { projectFolder } from "./project-folder.ts";
import { resolvedRuns } from "./run-choice.ts";
import { anyRun, readDashboards, withVariables } from "./testing/dashboard-queries.ts";
import { prometheusMissing, type RunningPrometheus, startPrometheus } from "./testing/prometheus-process.ts";
import { ask, askDashboards, type QueryAnswer, until, withoutData } from "./testing/query-check.ts";
import { SmokeRuns } from "./testing/smoke-runs.ts";

const missing = prometheusMissing();

/** Panels that may be empty, and when. */
const honestlyEmpty: Record<string, (reports: Map<string, Report>) => boolean> = {
  // No run here has conversations.
  ...Object.fromEntries(
    ["Beats and requests", "Published messages"].flatMap((title) => [..."ABCDE"].map((refId) => [`holdfast-connections / ${title} ${refId}`, () => true])),
  ),
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
      assert.ok(
        of.length > 0 && of.every(({ values }) => (panel === "Limits failing" ? values.slice(-1) : values).every((value) => value === 0)),
        `${panel} ${refId}: ${JSON.stringify(of)}`,
      );
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
    assert.ok(seriesOf(afterKill, "connections", "Mass drops", "mark").length > 0, "a mark where half of the connections were lost");
    assert.equal(newest("Generator trusted"), 0);
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

  test("five minutes after its end a run's stats still read their last values, and newest means the newest run", async () => {
    const later = await askDashboards(prometheus, { fromMs: beganMs, toMs: Date.now() + 300_000 }, { run: runs.id("held") });
    const stats = new Set(
      readDashboards().flatMap(({ uid, panels }) => panels.filter(({ type }) => type === "stat").map(({ title }) => `${uid} / ${title} A`)),
    );
    assert.deepEqual(
      withoutData(later).filter((name) => stats.has(name) && name.startsWith("holdfast-connections")),
      [],
    );
    const meant = async (run: string): Promise<number> => {
      const expr = resolvedRuns('kind!~"api|pipeline"').replace(/^query_result/, "");
      return (await ask(prometheus, withVariables(expr, { ...anyRun, run }), { fromMs: 0, toMs: Date.now() }, true)).length;
    };
    assert.deepEqual([await meant("newest"), await meant(runs.id("held")), (await meant(`(newest|${runs.id("held")})`)) > 0], [1, 1, true]);
  });

  test("after its end a run's series go away, and what they were stays in the past", async () => {
    runs.becomeLongOver();
    await until(prometheus, 'count({__name__=~"holdfast_.+"})', (count) => count.length === 0);
    const kept = await ask(prometheus, "count(last_over_time(holdfast_run_verdict[5m]))", { fromMs: 0, toMs: Date.now() }, true);
    assert.equal(first(kept), reports.size);
  });
});
