import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { reportBlocks } from "../blocks/report-blocks.ts";
import { type ComparedRun, runsSheet } from "../compare/runs.ts";
import type { Interval } from "../model/interval.ts";
import type { Report } from "../model/report.ts";
import { emptyReport, sampleIntervals, sampleReport } from "../testing/sample-report.ts";
import { barChart } from "./chart/bar-chart.ts";
import { renderHtml, sheetHtml } from "./html.ts";
import { html, Markup } from "./markup.ts";

const renderCompareHtml = (runs: readonly ComparedRun[]) => sheetHtml(runsSheet(runs));
const noGaps = /\b(NaN|undefined|Infinity)\b|\[object|>null</;
const hostile = `</pre></style><script>alert(1)</script><img src=x onerror="alert(2)">' onload='x\u202e&amp;`;

/** Every tag that is not closed by itself is closed in order; the parser of a browser would forgive, we do not. */
function assertBalanced(page: string): void {
  const open: string[] = [];
  const empty = new Set(["meta", "path", "img", "br"]);
  for (const [, slash, name = ""] of page
    .replace(/<style>[\s\S]*?<\/style>/, "")
    .matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*?>/g)) {
    if (empty.has(name)) continue;
    if (slash === "") open.push(name);
    else assert.equal(open.pop(), name, `</${name}> closes another element`);
  }
  assert.deepEqual(open, []);
}

describe("renderHtml", () => {
  it("has a section for everything, and a text alternative for every chart", () => {
    const page = renderHtml(sampleReport(), sampleIntervals(66), [
      { atMs: 33_000, cause: "close-frame", code: 1012, connection: 4 },
    ]);
    for (const id of [
      "verdict",
      "connections",
      "latency",
      "target",
      "disconnects",
      "limits",
      "trust",
      "host",
      "scenario",
    ])
      assert.match(page, new RegExp(`id="${id}"`));
    const [plots, titles, summaries] = [/<svg /g, /<svg [^>]*><title id=/g, /<desc id=/g].map(
      (pattern) => page.match(pattern)?.length,
    );
    assert.ok(plots === 9 && titles === plots && summaries === plots, `${plots} ${titles} ${summaries}`);
    assert.doesNotMatch(page, noGaps);
    assertBalanced(page);
  });

  it("asks nothing of the network and runs no script", () => {
    const page = renderHtml(sampleReport(), sampleIntervals(66));
    assert.doesNotMatch(page, /<script|<link|<iframe|<img|\bsrc=|\bhref=|url\(|@import/);
    assert.match(page, /default-src 'none'/);
    assert.match(page, /prefers-color-scheme:dark/);
    assert.match(page, /@media print/);
  });

  it("gives each id once", () => {
    const ids = Array.from(
      renderHtml(sampleReport(), sampleIntervals(20)).matchAll(/ id="([^"]+)"/g),
      (match) => match[1],
    );
    assert.equal(new Set(ids).size, ids.length);
  });

  it("escapes whatever comes from outside", () => {
    const { host, target } = sampleReport();
    const report = sampleReport({
      run: hostile,
      kind: hostile,
      protocol: hostile,
      target: {
        ...target,
        name: hostile,
        version: hostile,
        url: `javascript:${hostile}`,
        settings: { [hostile]: { deep: hostile } },
      },
      host: { ...host, name: hostile, cpu: hostile, os: hostile },
      reasons: [{ code: hostile, text: hostile }],
      notes: [{ code: hostile, text: hostile }],
      limits: [{ limit: `pushLatencyMs.${hostile}`, atMost: 5, measured: null, ok: false }],
      scenario: { [hostile]: hostile },
      timing: { ...sampleReport().timing, startedAt: hostile, phases: [{ phase: hostile, atMs: 3000 }] },
      connections: { ...sampleReport().connections, byCode: { [`close-frame:${hostile}`]: 3 } },
    });
    const events = [{ atMs: 1, cause: hostile, code: hostile, connection: 1, [hostile]: hostile }];
    for (const page of [
      renderHtml(report, sampleIntervals(20), events),
      renderCompareHtml([{ report, intervals: sampleIntervals(20) }, { report }]),
    ]) {
      assert.doesNotMatch(page, /<script|<img|\u202e| on[a-z]+="/);
      assert.ok(!page.includes("onload='"));
      assert.match(page, /&lt;script&gt;/);
      assertBalanced(page);
    }
  });
});

describe("renderHtml of incomplete runs", () => {
  it("says what is missing in reports that measured nothing, opened nothing or still run", () => {
    const unstamped = sampleReport({
      pushes: null,
      latencyMs: { push: null },
      distribution: {},
      usage: { ...sampleReport().usage, target: null },
    });
    const table: [Report, Interval[], RegExp][] = [
      [
        unstamped,
        sampleIntervals(5).map((interval) => ({
          ...interval,
          pushes: null,
          latencyMs: {},
          usage: { ...interval.usage, target: null },
        })),
        /carry no stamp/,
      ],
      [emptyReport({ state: "finished", verdict: "fail" }), [], /no connection opened/],
      [emptyReport(), [], /10,000<\/td><td class="text">= 0 opened \+ 0 refused \+ 0 not attempted \+ 10,000 to come/],
      [emptyReport({ scenario: undefined, kind: "api" }), sampleIntervals(1), /not recorded/],
    ];
    for (const [report, intervals, expected] of table) {
      const page = renderHtml(report, intervals);
      assert.match(page, expected);
      assert.doesNotMatch(page, noGaps);
      assertBalanced(page);
    }
  });

  it("keeps figures that JSON cannot carry out of the page", () => {
    const [first, ...rest] = sampleIntervals(10);
    const broken = {
      ...first!,
      usage: {
        ...first!.usage,
        generator: {
          rssMiB: Number.NaN,
          cpu: Number.POSITIVE_INFINITY,
          fds: 0,
          loopDelayMs: null as unknown as number,
        },
      },
    };
    const report = sampleReport({
      trust: { ...sampleReport().trust, gapP99Ms: Number.NaN },
      distribution: { push: [{ ms: Number.NaN, share: 2 }] },
    });
    assert.doesNotMatch(renderHtml(report, [broken, ...rest]), noGaps);
  });

  it("draws 0, 1 and 100,000 intervals, and stays small", () => {
    for (const length of [0, 1, 2, 100_000]) {
      const page = renderHtml(sampleReport(), sampleIntervals(length));
      assert.doesNotMatch(page, noGaps);
      assert.ok(page.length < 400_000, `${length} intervals: ${page.length} characters`);
    }
  });

  it("places blocks in the order of their list, and escapes them", () => {
    const page = renderHtml(sampleReport(), [], [], {
      blocks: [
        (report) => ({ id: "capacity", title: `Capacity of ${report.target.name}`, note: "<held>" }),
        () => null,
        ...reportBlocks,
      ],
    });
    assert.ok(page.indexOf(`id="capacity"`) < page.indexOf(`id="connections"`));
    assert.match(page, /<p class="note">&lt;held&gt;<\/p>/);
  });
});

describe("renderCompareHtml", () => {
  const named = (name: string, p99: number) =>
    sampleReport({
      target: { ...sampleReport().target, name },
      latencyMs: { push: { count: 9, p50: 1, p90: 2, p99, p999: p99, max: p99 } },
    });

  it("has the table, bars for what differs and one chart with a line per target", () => {
    const page = renderCompareHtml(
      ["go", "cpython", "node"].map((name, index) => ({
        report: named(name, 10 * (index + 1)),
        intervals: sampleIntervals(60, index + 1),
      })),
    );
    assert.match(page, /<b>10\.0 ms<\/b>/);
    assert.match(page, /push p99 <span class="unit">lower is better/);
    assert.equal(page.match(/<path class="line/g)?.length, 3);
    assert.doesNotMatch(page, noGaps);
    assertBalanced(page);
  });

  it("takes no runs and unfinished runs", () => {
    assert.match(renderCompareHtml([]), /No runs to compare/);
    const page = renderCompareHtml([{ report: emptyReport() }, { report: named("go", 3) }]);
    assert.doesNotMatch(page, noGaps);
  });
});

describe("html and barChart", () => {
  it("escapes values, joins lists, leaves out what is absent", () => {
    assert.equal(
      html`<a title="${`"'<`}">${["<", new Markup("<b>"), null, 3, Number.NaN]}</a>`.toString(),
      `<a title="&quot;&#39;&lt;">&lt;<b>3</a>`,
    );
  });

  it("gives what was not measured no bar", () => {
    const drawn = barChart({
      title: "x",
      note: "",
      unit: "count",
      rows: [
        { name: "a", tone: 1, value: null },
        { name: "b", tone: 2, value: 0 },
      ],
    }).toString();
    assert.equal(drawn.match(/bar-fill/g)?.length, 1);
    assert.match(drawn, /not measured/);
  });
});
