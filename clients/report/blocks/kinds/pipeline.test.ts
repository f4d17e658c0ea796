import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runsSheet } from "../../compare/runs.ts";
import { renderHtml, sheetHtml } from "../../html/html.ts";
import { pipelineFigures, relateToCpython } from "../../model/figures/pipeline-figures.ts";
import type { Report } from "../../model/report.ts";
import { samplePipeline, sampleVariant } from "../../testing/sample-pipeline.ts";
import { sampleReport } from "../../testing/sample-report.ts";
import { renderText, sheetText } from "../../text/text.ts";

const sideBySide = (...reports: Report[]) => runsSheet(reports.map((report) => ({ report })));

const wrong = sampleVariant("cpython json", 0, {
  state: "wrong-answer",
  ok: false,
  why: "uniqueUsers: expected 3, got 4",
  ms: null,
  parseMs: null,
  rssMiB: null,
  cpuSeconds: null,
  linesPerSecond: null,
});
const missing = sampleVariant("pypy ujson", 0, {
  state: "unavailable",
  ok: false,
  why: "ujson is not installed",
  ms: null,
  parseMs: null,
  rssMiB: null,
  cpuSeconds: null,
  linesPerSecond: null,
});
const cpython = samplePipeline("cpython", [sampleVariant("cpython ujson", 800), wrong]);
const pypy = samplePipeline("pypy", [sampleVariant("pypy json", 400, { rssMiB: 90 }), missing]);

describe("a pipeline report", () => {
  it("has a row per variant in text, why one has none, and no word of connections", () => {
    const text = renderText(cpython);
    assert.match(text, /100,000 lines, 47.7 MiB, 12,345 unique users, 2 bad lines, the first at 50,000/);
    assert.match(text, /cpython ujson +800 +720 to 880 +640 +0.800 +20 MiB +125,000/);
    assert.match(text, /cpython json: wrong-answer: uniqueUsers: expected 3, got 4/);
    assert.match(text, /from spawn to healthy 20.0 ms, median of 3/);
    assert.match(text, /75.0 % +75.0 % +parse <T>&/);
    assert.doesNotMatch(text, /planned =|Pushes/);
    for (const line of text.split("\n")) assert.ok(line.length <= 100, line);
  });

  it("says how fast the generator wrote beside how fast the fastest variant parsed, here and over several targets", () => {
    const flat = (text: string): string => text.replace(/\s+/g, " ");
    // 50 MB in 100 ms; 50 MB parsed in 640 ms and in 320 ms.
    assert.match(
      flat(renderText(cpython)),
      /generator: 500 MB\/s .*; fastest variant: cpython ujson, 78.1 MB\/s parsed: the generator is not the bottleneck/,
    );
    assert.match(
      flat(sheetText(sideBySide(cpython, pypy))),
      /fastest variant: pypy json, 156 MB\/s parsed: the generator is not the bottleneck/,
    );
    assert.match(renderHtml(cpython), /generator: 500 MB\/s/);
    assert.match(sheetHtml(sideBySide(cpython, pypy)), /fastest variant: pypy json, 156 MB\/s/);
    const slow = { ...cpython, generation: { ...cpython.generation!, megabytesPerSecond: 40 } };
    assert.match(flat(renderText(slow)), /the log was written more slowly than it was read/);
    const none = samplePipeline("cpython", [wrong]);
    assert.equal(none.generation?.fastest, null);
    assert.doesNotMatch(renderText(none), /bottleneck/);
  });

  it("has the same as a page: charts, table, flame graph, nothing unescaped", () => {
    const page = renderHtml(cpython);
    for (const id of ["pipeline", "footprint", "profile", "limits", "host"])
      assert.ok(page.includes(`<section id="${id}"`), id);
    assert.ok(page.includes("parse &lt;T&gt;&amp;") && !page.includes("parse <T>"));
    assert.match(page, /derived from caller and callee times/);
    assert.match(page, /<svg class="flame" viewBox="0 0 1100 54"/);
    assert.doesNotMatch(page, /NaN|undefined|<script/);
    assert.ok(!page.includes("connections planned"));
  });

  it("speaks of answers and commands, not of latencies, ticks or a generator beside the target", () => {
    const good = samplePipeline("go", [sampleVariant("go encoding/json", 500)], { notes: [], reasons: [] });
    for (const text of [renderText(good), renderHtml(good)].map((each) => each.replace(/<pre>.*?<\/pre>/gs, ""))) {
      assert.match(text, /very result was correct, and every limit was met/);
      assert.doesNotMatch(
        text,
        /can be trusted|trusted\?|[Ll]atenc|receive stamp|[Gg]enerator gap|loop delay|Ramp|ramp |Replicas|Address|shards?\b/,
      );
    }
    assert.match(
      renderHtml({ ...good, verdict: "fail" }),
      /A result was wrong, a command failed, or a limit was missed/,
    );
    assert.match(renderHtml(sampleReport()), /Latencies run from the tick/);
    assert.match(renderHtml(sampleReport({ kind: "api" })), /Latencies run from when a request was due/);
  });

  it("leaves other kinds as they were", () => {
    const page = renderHtml(sampleReport());
    assert.ok(!page.includes('id="pipeline"') && !page.includes('id="profile"'));
    assert.doesNotMatch(renderText(sampleReport()), /Pipeline|Footprint|Profile/);
  });

  it("compares variants of all targets, fastest first, in relation to CPython and beside the published figures", () => {
    const text = sheetText(sideBySide(cpython, pypy));
    assert.match(text, /pypy json +400 +0.50x +0.18x/);
    assert.match(text, /cpython ujson +800 +1.00x +1.00x/);
    assert.match(
      text.replace(/\s+/g, " "),
      /published: CPython 3.11, PyPy 7.3.11 .*; there: 100,000 lines of about 500 B/,
    );
    assert.match(text, /pypy ujson +unavailable +- +-/);
    assert.ok(text.indexOf("pypy json") < text.indexOf("cpython ujson"));
    for (const line of text.split("\n")) assert.ok(line.length <= 80, line);
    const page = sheetHtml(sideBySide(cpython, pypy));
    assert.ok(page.includes('<section id="pipelines"') && !page.includes("push p99"));
  });

  it("is set in relation to CPython only on the same log", () => {
    const other = samplePipeline("go", [sampleVariant("go encoding/json", 200)], { log: { ...cpython.log!, seed: 2 } });
    const [first, second] = relateToCpython([cpython, other]);
    assert.equal(first?.variants?.[0]?.relativeToCpython, 1);
    assert.equal(second?.variants?.[0]?.relativeToCpython, null);
    assert.match(sheetText(sideBySide(cpython, other)), /different logs/);
  });

  it("gives limits their figures: the worst variant counts", () => {
    const both = samplePipeline("pypy", [sampleVariant("a", 400), sampleVariant("b", 700, { rssMiB: 99 }), missing]);
    const { "pipelineMs.median": ms, pipelineRssMiB, linesPerSecond, deployableMiB } = pipelineFigures(both);
    assert.deepEqual([ms, pipelineRssMiB, Math.round(linesPerSecond ?? 0), deployableMiB], [700, 99, 142_857, 17]);
    assert.equal(pipelineFigures(sampleReport())["pipelineMs.median"], null);
  });
});
