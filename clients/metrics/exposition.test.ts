import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { causeList } from "../measure/cause.ts";
import { histogramBoundsSeconds } from "../measure/histogram/bucket-counts.ts";
import { latencies } from "../measure/latency.ts";
import { requestCauseList, statusClassList } from "../measure/request-cause.ts";
import { renderExposition } from "./exposition.ts";
import { escapeLabel } from "./exposition-page.ts";
import { connectionStates, type MetricDefinition, metrics } from "./metric-names.ts";
import { CounterKeepers } from "./monotone-counters.ts";
import { sampleRun } from "./testing/sample-run.ts";
import { readSamples, sumOf } from "./testing/sample-scrape.ts";

const startedAtMs = 1_790_000_000_000;

test("a page passes promtool check metrics", (t) => {
  const runs = [
    sampleRun(5),
    sampleRun(9, { kind: "api", run: "run-2" }),
    sampleRun(9, { kind: "pipeline", run: "run-3" }),
    sampleRun(3, { run: "run-4", target: 'a\\"b\n' }),
  ];
  const { error, status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], {
    input: renderExposition(runs, startedAtMs),
    encoding: "utf8",
  });
  if (error !== undefined) return t.skip("promtool is not installed: apt-get install prometheus");
  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: "", stderr: "" });
});

test("a page of runs with everything contains every listed metric, and no other", () => {
  const runs = [
    sampleRun(5),
    sampleRun(9, { kind: "api", run: "a" }),
    sampleRun(9, { kind: "pipeline", run: "p" }),
    sampleRun(20, { run: "e", endsAt: 10 }),
    { ...sampleRun(5, { run: "s" }), bounds: { lower: 20, upper: null, unit: "streams" } },
  ];
  const text = renderExposition(runs, startedAtMs);
  const typed = [...text.matchAll(/^# TYPE holdfast_(\S+) (\S+)$/gm)].map(([, name]) => name);
  assert.deepEqual(typed, Object.keys(metrics));
  for (const sample of readSamples(text)) {
    const base = sample.name.replace(/^holdfast_/, "");
    const { type, labels } =
      metrics[base.replace(/_(bucket|sum|count)$/, "") as keyof typeof metrics] ??
      (metrics[base as keyof typeof metrics] as MetricDefinition);
    const expected = [
      "run",
      "kind",
      "target",
      "runtime",
      ...labels,
      ...(type === "histogram" && base.endsWith("_bucket") ? ["le"] : []),
    ];
    assert.deepEqual(Object.keys(sample.labels), expected, sample.name);
  }
});

test("every connection state and every cause of a WebSocket run is exposed with 0 from the start", () => {
  const samples = readSamples(renderExposition([sampleRun(0)], startedAtMs));
  const states = samples.filter(({ name }) => name === "holdfast_connections").map(({ labels }) => labels.state);
  assert.deepEqual(states, [...connectionStates]);
  const shown = samples.filter(
    ({ name }) => name === "holdfast_connections_closed_total" || name === "holdfast_connect_failures_total",
  );
  assert.deepEqual(new Set(shown.map(({ labels }) => labels.cause)), new Set(causeList));
  assert.ok(shown.every(({ value }) => value === 0));
});

test("an API run's requests are exposed by status class and cause, with latencies over all steps", () => {
  const run = sampleRun(9, { kind: "api" });
  run.tally.requests!.steps[0]!.latency.recordUs(500, 7);
  const samples = readSamples(renderExposition([run], startedAtMs));
  const values = (name: string, label: string): Record<string, number> =>
    Object.fromEntries(
      samples.filter((sample) => sample.name === `holdfast_${name}`).map(({ labels, value }) => [labels[label], value]),
    );
  assert.deepEqual(Object.keys(values("requests_total", "status_class")), [...statusClassList]);
  assert.deepEqual(Object.keys(values("request_failures_total", "cause")), [...requestCauseList]);
  assert.equal(values("request_failures_total", "cause").timeout, 9);
  assert.equal(
    sumOf(samples, "holdfast_request_duration_seconds_count", {}),
    run.tally.requests!.sum("all").latency.count,
  );
});

test("every latency with a metric is in the list of metrics", () => {
  for (const { metric } of Object.values(latencies)) assert.ok(metric === null || metric in metrics, `${metric}`);
});

test("a TCP run does not expose causes specific to an upgrade", () => {
  const samples = readSamples(renderExposition([{ ...sampleRun(1), protocol: "tcp" }], startedAtMs));
  assert.equal(samples.filter(({ labels }) => /^upgrade-|^close-frame/.test(labels.cause ?? "")).length, 0);
});

test("sums by cause are exact whatever the codes, and sums over causes equal the run's counts", () => {
  const run = sampleRun(9, { shardDiesAt: 5 });
  const { tally } = run;
  Object.assign(tally.causes, { "close-frame": 40, "upgrade-rejected": 7, "generator-died": 512 });
  for (let code = 4000; code < 4030; code++) tally.codes[`close-frame:${code}`] = 1;
  tally.codes["upgrade-rejected:503"] = 5;
  Object.assign(tally.counts, { refused: 7 + 12, closedUnexpectedly: 540 });
  const samples = readSamples(renderExposition([run], startedAtMs));
  const closed = (cause?: string): number =>
    sumOf(samples, "holdfast_connections_closed_total", cause === undefined ? {} : { cause });
  const failed = (cause?: string): number =>
    sumOf(samples, "holdfast_connect_failures_total", cause === undefined ? {} : { cause });
  assert.deepEqual(
    [closed("close-frame"), failed("upgrade-rejected"), closed("generator-died"), failed("generator-died")],
    [40, 7, 500, 12],
  );
  assert.deepEqual([closed(), failed()], [540, 19]);
  const codes = samples.filter(({ labels }) => labels.cause === "close-frame").map(({ labels }) => labels.code);
  assert.equal(codes.length, 21, "20 codes and the rest");
});

test("due is received plus lost at every scrape, and no counter decreases when settled losses do", () => {
  const keepers = new CounterKeepers();
  const run = sampleRun(9);
  run.tally.counts.lost = 50;
  const before = readSamples(renderExposition([run], startedAtMs, keepers));
  run.tally.counts.lost = 20;
  run.tally.counts.received += 30;
  run.tally.causes.reset = -3;
  const after = readSamples(renderExposition([run], startedAtMs, keepers));
  const of = (samples: typeof after, name: string): number => sumOf(samples, `holdfast_pushes_${name}_total`, {});
  for (const samples of [before, after])
    assert.equal(of(samples, "due"), of(samples, "received") + of(samples, "lost"));
  assert.equal(of(after, "lost"), 50);
  const counters = (samples: typeof after): typeof after =>
    samples.filter(({ name }) => /_(total|bucket|sum|count)$/.test(name));
  counters(before).forEach((sample, i) => {
    assert.ok(counters(after)[i]!.value >= sample.value, sample.name);
  });
});

test("a histogram's buckets are cumulative, its +Inf bucket is its count and its sum is exact", () => {
  const run = sampleRun(0);
  for (const us of [90, 100, 17_950, 70_000_000]) run.tally.histogram("push").recordUs(us, 1);
  const samples = readSamples(renderExposition([run], startedAtMs));
  const buckets = samples.filter(({ name }) => name === "holdfast_push_latency_seconds_bucket");
  assert.deepEqual(
    buckets.map(({ labels }) => labels.le),
    [...histogramBoundsSeconds.map(String), "+Inf"],
  );
  const at = (le: string): number | undefined => buckets.find(({ labels }) => labels.le === le)?.value;
  assert.deepEqual([at("0.0001"), at("0.0128"), at("0.0181019"), at("+Inf")], [2, 2, 3, 4]);
  assert.equal(sumOf(samples, "holdfast_push_latency_seconds_sum", {}), 70.01814);
  assert.equal(sumOf(samples, "holdfast_push_latency_seconds_count", {}), 4);
});

test("a run's series disappear 60 s after its end", () => {
  const run = sampleRun(30, { endsAt: 20, startedAtMs });
  const keepers = new CounterKeepers();
  assert.match(renderExposition([run], startedAtMs + 79_000, keepers), /holdfast_run_verdict\{.*verdict="pass"\} 1/);
  assert.equal(renderExposition([run], startedAtMs + 80_000, keepers), "");
});

test("a target without stamps has no push series, instead of zeros", () => {
  assert.doesNotMatch(
    renderExposition([{ ...sampleRun(9), measuresPushes: false }], startedAtMs),
    /holdfast_(slow_)?push/,
  );
});

test("label values are escaped", () => {
  assert.equal(escapeLabel('a\\b"c\nd'), 'a\\\\b\\"c\\nd');
});
