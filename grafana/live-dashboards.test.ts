/** The dashboards on real runs: every kind, scraped by a real Prometheus once a second. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { MetricsServer } from "../clients/metrics/metrics-server.ts";
import type { Report } from "../clients/report/model/report.ts";
import { capacityOf } from "../clients/report/model/schema/capacity-block.ts";
import { projectFolder } from "./project-folder.ts";
import {
  anyRun,
  type DashboardJson,
  readDashboards,
  resolvedRunsOf,
  statsOf,
  withVariables,
} from "./testing/dashboard-queries.ts";
import { honestlyEmpty } from "./testing/empty-panels.ts";
import { prometheusMissing, type RunningPrometheus, startPrometheus } from "./testing/prometheus-process.ts";
import { ask, askDashboards, type QueryAnswer, seriesOf, until, withoutData } from "./testing/query-check.ts";
import { type SmokeRun, SmokeRuns } from "./testing/smoke-runs.ts";
import { readStat, type StatReading } from "./testing/stat-reading.ts";

const missing = prometheusMissing();

/** A dozen runs begin at once: on a machine that others use, too, that takes its time. */
const slowMs = 120_000;
const runs = new SmokeRuns();
let metrics: MetricsServer;
let prometheus: RunningPrometheus;
let reports: Map<string, Report>;
/** Answers a few seconds after a shard was killed, for its run, and at the end, for all. */
let afterKill: QueryAnswer[];
let atEnd: QueryAnswer[];
/** Answers in the hold of a run that lost all its connections. */
let inOutage: QueryAnswer[];
let beganMs: number;
let endedMs: number;

const first = ([series]: { values: number[] }[]): number => series?.values[0] ?? Number.NaN;

before(
  async () => {
    if (missing !== null) return;
    metrics = await runs.serve();
    prometheus = await startPrometheus({
      metricsUrl: metrics.url,
      ruleFiles: [join(projectFolder, "prometheus/rules.yml")],
    });
    await until(prometheus, 'up{job="holdfast"}', (up) => first(up) === 1);
    beganMs = Date.now();
    const ended = runs.run();
    // Should it fail before it is waited for below.
    ended.catch(() => {});
    await until(
      prometheus,
      "sum by (run) (holdfast_connections{state='open'}) == 40",
      (open) => open.some(({ labels }) => labels.run === runs.id("killed")),
      slowMs,
    );
    runs.killShard();
    await until(
      prometheus,
      `sum(rate(holdfast_connections_closed_total{run="${runs.id("killed")}",cause="generator-died"}[4s]))`,
      (rate) => first(rate) > 0,
    );
    afterKill = await askDashboards(
      prometheus,
      { fromMs: Date.now() - 4000, toMs: Date.now() },
      { run: runs.id("killed") },
    );
    const all = `sum(holdfast_connections{run="${runs.id("outage")}",state="open"}) == 0 and sum(holdfast_run_phase{run="${runs.id("outage")}",phase="hold"}) == 1`;
    await until(prometheus, all, (gone) => gone.length > 0, slowMs);
    inOutage = await askDashboards(prometheus, { fromMs: beganMs, toMs: Date.now() }, { run: runs.id("outage") });
    reports = await ended;
    await until(prometheus, "count(holdfast_run_verdict)", (count) => first(count) === reports.size);
    endedMs = Date.now();
    atEnd = await askDashboards(prometheus, { fromMs: beganMs, toMs: Date.now() });
  },
  { timeout: 280_000 },
);

after(async () => {
  await prometheus?.close();
  await metrics?.close();
  runs.close();
});

const boards = new Map<string, DashboardJson>(readDashboards().map((board) => [board.uid, board]));
/** What a stat of the connections board says of one run. */
const saidOf = (answers: readonly QueryAnswer[], title: string): StatReading =>
  readStat(boards.get("holdfast-connections")!, title, seriesOf(answers, "connections", title)[0]);

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
        of.length > 0 &&
          of.every(({ values }) =>
            (panel === "Limits failing" ? values.slice(-1) : values).every((value) => value === 0),
          ),
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
    assert.deepEqual(
      [newest("Open"), newest("Open of planned"), newest("Unexpected closes"), newest("Limits failing")],
      [20, 0.5, 20, 1],
    );
    assert.ok(
      seriesOf(afterKill, "connections", "Mass drops", "mark").length > 0,
      "a mark where half of the connections were lost",
    );
    assert.equal(newest("Generator trusted"), 0);
    const causes = seriesOf(afterKill, "connections", "Closes, by cause and code").map(({ labels }) => labels.cause);
    assert.deepEqual(causes.sort(), ["generator-died", "none"]);
    const lines = seriesOf(afterKill, "connections", "Loop delay of each shard").map(({ values }) => values.length);
    assert.ok(lines.length === 2 && Math.min(...lines) < Math.max(...lines), `${lines}`);
    const verdicts = seriesOf(atEnd, "overview", "Side by side", "F").filter(
      ({ labels }) => labels.run === runs.id("killed"),
    );
    assert.deepEqual(
      verdicts.map(({ labels }) => labels.verdict),
      ["invalid"],
    );
    for (const alert of ["HoldfastDisconnectsAboveLimit", "HoldfastGeneratorNotTrustworthy"])
      await until(prometheus, `ALERTS{alertname="${alert}",run="${runs.id("killed")}"}`, (alerts) => alerts.length > 0);
  });

  test("the sweep's users, the search's bounds and the variants' lines are those of the reports", async () => {
    const users =
      seriesOf(atEnd, "api", "Sweep by users", "B").find(({ labels }) => labels.run === runs.id("api"))?.values ?? [];
    assert.deepEqual(
      [2, 4].map((step) => users.includes(step)),
      [true, true],
    );
    const bound = await ask(
      prometheus,
      `last_over_time(holdfast_capacity_bound_connections{bound="lower"}[5m])`,
      { fromMs: 0, toMs: Date.now() },
      true,
    );
    assert.equal(first(bound), capacityOf(reports.get("capacity")!)?.lower);
    const lines = reports.get("lines");
    if (lines === undefined) return;
    const counted = await ask(
      prometheus,
      `sum(holdfast_pipeline_lines_total{run="${lines.run}"})`,
      { fromMs: 0, toMs: Date.now() },
      true,
    );
    assert.equal(
      first(counted),
      (lines.variants ?? []).reduce((sum, { runs: times }) => sum + times * 20_000, 0),
    );
  });

  test("in a total outage nothing that is gone is green: open of planned is red, closes are red, and open has no colour that says good", () => {
    const said = Object.fromEntries(
      ["Open", "Open of planned", "Unexpected closes", "Generator trusted"].map((title) => [
        title,
        saidOf(inOutage, title),
      ]),
    );
    assert.deepEqual(said, {
      Open: { text: "0", color: "text" },
      "Open of planned": { text: "0", color: "red" },
      "Unexpected closes": { text: "100", color: "red" },
      "Generator trusted": { text: "yes", color: "green" },
    });
    const causes = seriesOf(inOutage, "connections", "Closes, by cause and code").map(({ labels }) =>
      `${labels.cause} ${labels.code ?? ""}`.trim(),
    );
    assert.deepEqual(causes.sort(), ["close-frame 1012", "eof", "none"]);
    assert.ok(seriesOf(inOutage, "connections", "Mass drops", "mark").length > 0);
    const held = seriesOf(atEnd, "connections", "Open of planned").find(({ labels }) => labels.run === runs.id("held"));
    assert.deepEqual(readStat(boards.get("holdfast-connections")!, "Open of planned", held).color, "green");
  });

  test("where pushes carry no stamp the stats of pushes are grey and say so, and no 0 of the first seconds is taken for a figure", async () => {
    const unstamped = await askDashboards(
      prometheus,
      { fromMs: beganMs, toMs: Date.now() },
      { run: runs.id("unstamped") },
    );
    for (const title of ["Pushes lost", "Pushes per second", "Push latency p99"])
      assert.deepEqual(saidOf(unstamped, title), { text: "not measured", color: "text" }, title);
    assert.equal(saidOf(unstamped, "Unexpected closes").text, "0");
    assert.deepEqual(seriesOf(unstamped, "overview", "Side by side", "E"), [], "no 0 lost in the table either");
    const held = await askDashboards(prometheus, { fromMs: beganMs, toMs: Date.now() }, { run: runs.id("held") });
    assert.deepEqual(
      [saidOf(held, "Pushes lost").color, seriesOf(held, "overview", "Side by side", "E").length],
      ["green", 1],
    );
  });

  /** The runs that a board's own variable makes of a choice. */
  const meant = async (uid: string, run: string): Promise<string[]> => {
    const expr = resolvedRunsOf(boards.get(uid)!).replace(/^query_result/, "");
    return (await ask(prometheus, withVariables(expr, { ...anyRun, run }), { fromMs: 0, toMs: Date.now() }, true)).map(
      ({ labels }) => labels.run ?? "",
    );
  };

  test("newest means the newest run, an id that run, and both both", async () => {
    const held = runs.id("held");
    assert.deepEqual(
      [(await meant("holdfast-connections", "newest")).length, await meant("holdfast-connections", held)],
      [1, [held]],
    );
    assert.ok((await meant("holdfast-connections", `(newest|${held})`)).length > 0);
  });

  test("a row of the overview leads to a board that shows its run, and what a link between boards carries means something on each", async () => {
    const rows = seriesOf(atEnd, "overview", "Side by side", "G").map(({ labels }) => labels);
    assert.equal(rows.length, reports.size);
    for (const { board, run = "", target = "" } of rows) {
      assert.deepEqual(await meant(`holdfast-${board}`, run), [run]);
      const found = await ask(
        prometheus,
        `holdfast_run_info{run=~"${run}",target=~"${target}"}`,
        { fromMs: 0, toMs: Date.now() },
        true,
      );
      assert.equal(found.length, 1);
    }
    const kindless = rows.find(({ kind }) => kind === "api")?.run ?? "";
    for (const uid of boards.keys())
      for (const run of [".*", "newest", kindless]) assert.ok((await meant(uid, run)).length > 0, `${uid}: ${run}`);
  });

  test("after its end a run's series go away, and what they were stays in the past", async () => {
    runs.becomeLongOver();
    await until(prometheus, 'count({__name__=~"holdfast_.+"})', (count) => count.length === 0);
    const kept = await ask(
      prometheus,
      "count(last_over_time(holdfast_run_verdict[5m]))",
      { fromMs: 0, toMs: Date.now() },
      true,
    );
    assert.equal(first(kept), reports.size);
  });

  /** A board's queries as they are asked 5 minutes after the runs' end, when their series have long gone stale. */
  const fiveMinutesLater = (name: SmokeRun, fromMs: number) =>
    askDashboards(prometheus, { fromMs, toMs: endedMs + 300_000 }, { run: runs.id(name) });

  test("five minutes after its end every stat of a run still has its last value, over the run's time and over the board's own range", async () => {
    for (const [uid, name] of [
      ["holdfast-connections", "held"],
      ["holdfast-api", "api"],
      ["holdfast-pipeline", "lines"],
    ] as const) {
      if (!reports.has(name)) continue;
      const stats = new Set(statsOf(boards.get(uid)!).map((title) => `${uid} / ${title} A`));
      const empty = (answers: QueryAnswer[]): string[] => withoutData(answers).filter((one) => stats.has(one));
      assert.deepEqual(empty(await fiveMinutesLater(name, beganMs)), []);
      // What a run has no longer once it is over, and the last 5 minutes do not reach back to: a hold, and users. The
      // stats say that.
      const gone = [`holdfast-connections / Open of planned A`, `holdfast-api / Users A`].filter((one) =>
        one.startsWith(`${uid} `),
      );
      assert.deepEqual(empty(await fiveMinutesLater(name, endedMs)), gone);
    }
    const held = await fiveMinutesLater("held", beganMs);
    assert.deepEqual(
      ["Open of planned", "Pushes lost", "Unexpected closes", "Generator trusted"].map(
        (title) => saidOf(held, title).color,
      ),
      ["green", "green", "green", "green"],
    );
  });
});
