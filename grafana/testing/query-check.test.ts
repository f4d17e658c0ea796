import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { ExposedRun } from "../../clients/metrics/exposed-run.ts";
import { type MetricsServer, serveMetrics } from "../../clients/metrics/metrics-server.ts";
import { type SampleRunOptions, sampleRun } from "../../clients/metrics/testing/sample-run.ts";
import { projectFolder } from "../project-folder.ts";
import { prometheusMissing, type RunningPrometheus, startPrometheus } from "./prometheus-process.ts";
import { ask, askDashboards, type QueryAnswer, until, withoutData } from "./query-check.ts";

const missing = prometheusMissing();
const skip = missing ?? false;
/** The made-up runs live this many times as fast as the clock. */
const speed = 2;
const scrapeSeconds = 0.25;

let metrics: MetricsServer;
let prometheus: RunningPrometheus;
/** Set once Prometheus scrapes: it must see the runs' ramp. */
let beganMs = Number.NaN;
const faults: SampleRunOptions = {};

const elapsedSeconds = (): number => ((Date.now() - beganMs) / 1000) * speed;

function madeUpRuns(): ExposedRun[] {
  if (Number.isNaN(beganMs)) return [];
  const at = elapsedSeconds();
  const run = (options: SampleRunOptions): ExposedRun => sampleRun(at, { startedAtMs: beganMs, ...options });
  return [
    run({ run: "held", ...faults }),
    run({ run: "slower", target: "pypy", runtime: "pypy", slowness: 8 }),
    run({ run: "ended", target: "rehearsal", runtime: "rehearsal", endsAt: 6 }),
    run({ run: "api", kind: "api" }),
    run({ run: "lines-cpython", kind: "pipeline", target: "cpython", runtime: "cpython", slowness: 7 }),
    run({ run: "lines-go", kind: "pipeline" }),
  ];
}

before(async () => {
  if (missing !== null) return;
  metrics = await serveMetrics({ host: "127.0.0.1", port: 0 }, madeUpRuns);
  prometheus = await startPrometheus({
    metricsUrl: metrics.url,
    scrapeSeconds,
    ruleFiles: [join(projectFolder, "prometheus/rules.yml")],
  });
  await until(prometheus, 'up{job="holdfast"}', ([up]) => up?.values[0] === 1);
  beganMs = Date.now();
});

after(async () => {
  await prometheus?.close();
  await metrics?.close();
});

const seriesOf = (answers: readonly QueryAnswer[], panel: string, refId = "A") =>
  answers.find(
    (answer) => answer.dashboard === "holdfast-connections" && answer.panel === panel && answer.refId === refId,
  )?.series ?? [];

test("every panel's query gives data", { skip }, async () => {
  await until(prometheus, 'count_over_time(up{job="holdfast"}[1m])', ([up]) => (up?.values[0] ?? 0) >= 20);
  const answers = await askDashboards(prometheus, { fromMs: beganMs, toMs: Date.now() });
  assert.ok(answers.length > 60);
  assert.deepEqual(
    withoutData(answers).filter((name) => !/ (Mass drops|Alerts) mark$/.test(name)),
    [],
  );
});

test("a run that is over keeps its row on the overview, and two runs of one target stay apart", { skip }, async () => {
  const answers = await askDashboards(prometheus, { fromMs: beganMs, toMs: Date.now() });
  const rows = (refId: string) =>
    answers.find(({ panel, refId: id }) => panel === "Side by side" && id === refId)?.series ?? [];
  assert.deepEqual(
    rows("F").map(({ labels }) => [labels.run, labels.verdict]),
    [["ended", "pass"]],
  );
  const peaks = rows("A").map(({ labels, values }) => [labels.run, values[0]]);
  assert.deepEqual(peaks.sort(), [
    ["ended", 1000],
    ["held", 1000],
    ["slower", 1000],
  ]);
});

test("when a shard dies, what should move moves: open, closes by cause, limits, trust", { skip }, async () => {
  faults.shardDiesAt = elapsedSeconds();
  await until(
    prometheus,
    'sum(increase(holdfast_connections_closed_total{run="held",cause="generator-died"}[5s]))',
    ([sum]) => (sum?.values[0] ?? 0) > 0,
  );
  await until(
    prometheus,
    "count(holdfast_generator_loop_delay_seconds{run='held'})",
    ([count]) => count?.values[0] === 1,
  );
  const answers = await askDashboards(prometheus, { fromMs: Date.now() - 3000, toMs: Date.now() }, { run: "held" });
  const newest = (panel: string) => seriesOf(answers, panel)[0]?.values.at(-1);
  assert.deepEqual(
    [newest("Open"), newest("Open of planned"), newest("Unexpected closes"), newest("Limits failing")],
    [500, 0.5, 500, 1],
  );
  const causes = seriesOf(answers, "Closes, by cause and code").map(({ labels }) => labels.cause);
  assert.deepEqual(causes.sort(), ["generator-died", "none"]);
  await until(
    prometheus,
    'ALERTS{alertname="HoldfastDisconnectsAboveLimit",run="held"}',
    (alerts) => alerts.length > 0,
  );
});

test("when pushes suffer, lost pushes and exact p99 rise, and an alert says so", { skip }, async () => {
  const sinceMs = Date.now() - 1000;
  faults.pushesSufferFrom = elapsedSeconds();
  await until(prometheus, 'rate(holdfast_pushes_lost_total{run="held"}[2s])', ([rate]) => (rate?.values[0] ?? 0) > 0);
  await until(
    prometheus,
    'holdfast_push_latency_quantile_seconds{run="held",quantile="0.99",window="last"}',
    ([p99]) => (p99?.values[0] ?? 0) > 0.1,
  );
  // A panel's last step may lie before the change: it shows at one of the next.
  let answers = await askDashboards(prometheus, { fromMs: sinceMs, toMs: Date.now() }, { run: "held" });
  const p99 = () => seriesOf(answers, "Push latency, exact quantiles", "B")[0]?.values ?? [];
  const isLost = () => seriesOf(answers, "Pushes lost").some(({ values }) => (values.at(-1) ?? 0) > 0);
  for (let tries = 0; tries < 40 && !(isLost() && p99().at(-1)! > 5 * p99()[0]!); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 250));
    answers = await askDashboards(prometheus, { fromMs: sinceMs, toMs: Date.now() }, { run: "held" });
  }
  assert.ok(isLost());
  assert.ok(p99().at(-1)! > 5 * p99()[0]!, `${p99()}`);
  await until(prometheus, 'ALERTS{alertname="HoldfastPushesLost",run="held"}', (alerts) => alerts.length > 0);
});

test("variables list runs newest first, as the dashboards ask for them", { skip }, async () => {
  const listed = await ask(
    prometheus,
    "sort_desc(min by (run) (min_over_time(holdfast_run_phase_start_timestamp_seconds[1m])))",
    { fromMs: 0, toMs: Date.now() },
    true,
  );
  assert.equal(listed.length, 6);
});
