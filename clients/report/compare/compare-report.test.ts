import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { renderHtml } from "../html/html.ts";
import { escapeMarkdown, renderMarkdown } from "../markdown.ts";
import { comparisonOf } from "../model/figures/comparison.ts";
import { publishedComparison, sampleAsked, sampleComparison, sampleHeld } from "../testing/sample-compare.ts";
import { sampleIntervals, sampleReport } from "../testing/sample-report.ts";
import { renderText } from "../text/text.ts";
import { cellsOf } from "../text/text-table.ts";

const hostile = "<script>alert(1)</script> | `x` \u202e[a](javascript:b)\n# head";

describe("a comparison for a terminal", () => {
  it("has a short table per scenario with the published figures, within 80 columns, and the advice before", () => {
    const text = renderText(publishedComparison(), { path: "runs/x" });
    for (const line of text.split("\n")) assert.ok(cellsOf(line) <= 80, line);
    for (const title of ["Long connections: ", "API: ", "Pipeline: ", "Footprint"])
      assert.ok(text.includes(`\n${title}`), title);
    assert.match(text, /push p99, ms +18\.5 ±2% +410 ±2% +328 ±2%\n {2}published +18\.0 +- +320/);
    assert.match(text, /QPS +12,813 ±2% +2,870 ±2% +4,305 ±2%\n {2}published +12,500 +2,800 +4,200/);
    assert.match(text, /time, ms +1,128 ±3% +8,405 ±3% +1,538 ±3%\n {2}published +1,100 +8,200 +1,500/);
    assert.match(text, /confirmed +offline data scripts: PyPy; .*x/);
    assert.match(text, /\nPath: runs\/x\n$/);
    assert.doesNotMatch(text, /NaN|undefined|Infinity|null/);
  });

  it("marks what is invalid, missed a limit, or was not run, and tells why", () => {
    const text = renderText(
      sampleComparison([
        { scenario: "api", report: sampleAsked("go", 100, 5) },
        {
          scenario: "api",
          repeat: 2,
          report: sampleAsked("go", 100, 5, {
            verdict: "invalid",
            reasons: [{ code: "gap", text: "our reading was late" }],
          }),
        },
        {
          scenario: "api",
          report: sampleAsked("node", 100, 5, {
            verdict: "fail",
            reasons: [{ code: "limit-missed", text: "too slow" }],
          }),
        },
        { scenario: "connections", report: sampleHeld("pypy", 9, 9, { verdict: "invalid" }) },
      ]),
    );
    assert.match(text, /runs +1 of 2 valid +1 FAIL +not run/);
    assert.match(text, /runs +not run +not run +INVALID/);
    assert.match(text, /go, api, repeat 2: invalid: our reading was late \[gap\]/);
  });

  it("sets more than four targets in blocks", () => {
    const targets = ["a", "b", "c", "d", "e", "f"];
    const text = renderText(
      sampleComparison(targets.map((target) => ({ scenario: "connections", report: sampleHeld(target, 9, 9) }))),
    );
    assert.match(text, /^ +a +b +c +d$/m);
    assert.match(text, /^ +e +f$/m);
  });

  it("says how much of an interrupted one there is", () => {
    const report = sampleComparison([{ scenario: "api", report: sampleAsked("go", 100, 5) }]);
    assert.match(
      renderText({ ...report, state: "interrupted", summary: { ...report.summary, planned: 8 } }),
      /^interrupted: 1 of 8 runs/,
    );
  });
});

describe("a comparison as a page", () => {
  it("has the tables, the advice with what decides, ratios, versions, and a way to every run", () => {
    const report = publishedComparison();
    const page = renderHtml(report, [], [], { intervalsOf: () => sampleIntervals(20) });
    for (const id of ["table-0", "advice", "claim", "ratios-0", "ratios-1", "versions", "runs", "host", "latency"])
      assert.equal(page.split(`<section id="${id}">`).length, 2, id);
    assert.match(page, /12,500/);
    assert.match(page, /href="\.\.\/20261123-080000-connections-go-0001\/report\.html"/);
    assert.doesNotMatch(page, /NaN|undefined|Infinity|\[object/);
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    assert.equal(new Set(ids).size, ids.length, "every id once");
  });

  it("is what the report of a comparison is rendered as, in text and HTML, and no other report is", () => {
    const report = publishedComparison();
    assert.match(renderHtml(report), /<section id="table-0">/);
    assert.match(renderText(report), /\nLong connections: /);
    assert.equal(comparisonOf(sampleReport()), null);
    assert.equal(
      comparisonOf(JSON.parse(JSON.stringify(report)))?.runs.length,
      report.runs.length,
      "it survives report.json",
    );
  });

  it("puts nothing of what comes from outside into tags", () => {
    const target = { name: hostile, version: hostile, settings: { a: hostile }, url: "", replicas: 1 };
    const page = renderHtml(
      sampleComparison([{ scenario: "connections", report: sampleHeld("x", 1, 1, { target }) }], {
        scenario: { title: hostile },
      }),
    );
    assert.doesNotMatch(page, /<script>|\u202e/);
  });
});

describe("a comparison as Markdown", () => {
  it("escapes what would end a cell, open a tag, a link or an emphasis", () => {
    assert.equal(escapeMarkdown("a|b\nc"), "a\\|b c");
    assert.equal(
      escapeMarkdown("<b>&amp; `x` *y* _z_ [l](u) ~s~ # !"),
      "&lt;b\\>&amp;amp; \\`x\\` \\*y\\* \\_z\\_ \\[l\\](u) \\~s\\~ \\# \\!",
    );
    assert.equal(escapeMarkdown("a\\|b"), "a\\\\\\|b");
    assert.equal(escapeMarkdown("\u001b[31m\u202e"), "·\\[31m·");
    assert.equal(escapeMarkdown(undefined), "");
  });

  it("is tables of as many cells in every row, whatever the names", () => {
    const target = { name: hostile, version: hostile, settings: { a: hostile }, url: "", replicas: 1 };
    const named = sampleComparison([
      { scenario: "connections", report: sampleHeld("x", 1, 1, { target }) },
      { scenario: "connections", report: sampleHeld("go", 1, 1) },
    ]);
    for (const report of [publishedComparison(), named]) {
      let width = 0;
      for (const line of renderMarkdown(report).split("\n")) {
        const cells = line.startsWith("|") ? line.replace(/\\[\\|]/g, "").split("|").length : 0;
        if (cells > 0 && width > 0) assert.equal(cells, width, line);
        width = cells;
        assert.doesNotMatch(line, /<script|NaN|undefined|Infinity/);
      }
    }
  });

  it("has the published figures, ratios with their spread, and advice", () => {
    const text = renderMarkdown(publishedComparison());
    assert.match(text, /\| QPS \| 12,813 ±2% \|/);
    assert.match(text, /\| published, 100 users for 60 s \| 12,500 \| 2,800 \| 4,200 \|/);
    assert.match(text, /## Relative to cpython/);
    assert.match(text, /\| connections: push p99, ms \| 0\.0\dx \(0\.0\dx to 0\.0\dx\) \| 1\.00x \|/);
    assert.match(text, /\| API below 5,000 QPS \| Python \(PyPy\) \|.*\| refuted \|/);
  });
});
