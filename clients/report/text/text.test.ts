import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hostBlocks } from "../blocks/host.ts";
import { runsSheet } from "../compare/runs.ts";
import type { Report } from "../model/report.ts";
import { emptyReport, sampleReport } from "../testing/sample-report.ts";
import { renderText, sheetText } from "./text.ts";
import { cellsOf } from "./text-table.ts";

const noGaps = /\b(NaN|undefined|Infinity|null|\[object)/;
const named = (name: string, changes: Partial<Report> = {}) =>
  sampleReport({ ...changes, target: { ...sampleReport().target, name } });
const compareText = (reports: readonly Report[]) => sheetText(runsSheet(reports.map((report) => ({ report }))));
const widest = (text: string) => Math.max(...text.split("\n").map(cellsOf));

describe("renderText", () => {
  it("says the verdict first and its reasons next", () => {
    const text = renderText(
      sampleReport({
        verdict: "fail",
        reasons: [{ code: "limit-missed", text: "p99 was to be at most 20 and came to 21.6" }],
      }),
    );
    assert.match(text, /^FAIL +connections on go \(go1\.24\.4\)/);
    assert.match(text, /Why +- p99 was to be at most 20 and came to 21\.6 \[limit-missed\]/);
  });

  it("prints the two equations exactly", () => {
    const text = renderText(sampleReport());
    assert.match(text, /10,000 planned = 9,990 opened \+ 10 refused \+ 0 not attempted\n/);
    assert.match(text, /59,940 due = 59,930 received \+ 10 lost \(0\.017 % lost\)/);
  });

  it("tells when an equation does not hold, and does not when connections are still to come", () => {
    const broken = sampleReport();
    broken.connections.opened -= 3;
    assert.match(renderText(broken), /\(OFF BY 3\)/);
    assert.match(
      renderText(emptyReport()),
      /10,000 planned = 0 opened \+ 0 refused \+ 0 not attempted \+ 10,000 to come/,
    );
  });

  it("lists causes with their codes and what the codes mean", () => {
    const text = renderText(sampleReport());
    assert.match(text, /close-frame +8 +the target closed with a close frame\n +1012 +7 +service restart/);
    assert.match(text, /503 +10 +Service Unavailable/);
  });

  it("says what a latency runs from and to", () => {
    assert.match(
      renderText(sampleReport()),
      /Push latency: the tick at which the push was due -> the kernel's receive stamp/,
    );
  });

  it("gives a reason wherever a figure was not measured", () => {
    const unstamped = renderText(
      sampleReport({ pushes: null, latencyMs: { push: null }, usage: { ...sampleReport().usage, target: null } }),
    );
    assert.match(unstamped, /Pushes +not measured: the target's messages carry no timestamp/);
    assert.match(unstamped, /Target +not measured: the target's process was not monitored/);
    assert.match(
      renderText(emptyReport({ state: "finished", verdict: "fail" })),
      /Push latency: not measured: no connection opened/,
    );
  });

  it("never prints a gap and never leaves 100 columns", () => {
    const long = "x".repeat(300);
    const reports = [
      sampleReport(),
      emptyReport(),
      emptyReport({ state: "interrupted" }),
      named(long, { reasons: [{ code: long, text: `${long} ${long}` }] }),
      sampleReport({
        trust: { ...sampleReport().trust, gapP99Ms: Number.NaN, loopDelayMaxMs: Number.POSITIVE_INFINITY },
      }),
      sampleReport({ limits: [{ limit: long, atLeast: 0.5, measured: null, ok: false }] }),
    ];
    for (const report of reports) {
      const text = renderText(report, { path: `/${long}` });
      assert.doesNotMatch(text, noGaps);
      assert.ok(widest(text) <= 100, `${widest(text)} columns`);
    }
  });

  it("makes control characters of a hostile target visible", () => {
    const text = renderText(
      named("\u001b[2J\u001b[32mPASS\u202e", { reasons: [{ code: "x", text: "a\r\nPASS\u0007" }] }),
    );
    assert.ok(Array.from(text).every((character) => character === "\n" || character >= " "));
    assert.doesNotMatch(text, /\u202e|\nPASS/);
  });

  it("places blocks in the order of their list, and leaves out those that have nothing to say", () => {
    const text = renderText(sampleReport(), {
      blocks: [() => ({ id: "capacity", title: "Capacity", note: "12,000 held" }), () => null, hostBlocks],
    });
    assert.ok(text.indexOf("Capacity      12,000 held") > 0 && text.indexOf("Capacity") < text.indexOf("Host  "));
  });
});

describe("compareText", () => {
  it("fits four targets into 80 columns, a row per figure", () => {
    const text = compareText([
      named("go"),
      named("cpython"),
      named("pypy", { pushes: null, latencyMs: {}, usage: { ...sampleReport().usage, target: null } }),
      named("a-very-long-target-name"),
    ]);
    assert.ok(widest(text) <= 80);
    for (const title of [
      "peak open",
      "pushes lost",
      "push p50",
      "push p99",
      "push p99.9",
      "memory at peak",
      "memory per connection",
      "CPU mean",
      "CPU per 1,000 pushes",
      "verdict",
    ])
      assert.match(text, new RegExp(`^${title}`, "m"));
    assert.match(text, /^push p99 +21\.6 ms +21\.6 ms +not measured +21\.6 ms$/m);
    assert.doesNotMatch(text, noGaps);
  });

  it("sets more than four targets in blocks and numbers equal names", () => {
    const text = compareText(Array.from({ length: 6 }, () => named("go")));
    assert.equal(text.match(/^peak open/gm)?.length, 2);
    assert.match(text, /go #6/);
    assert.ok(widest(text) <= 80);
  });

  it("says why a run did not pass", () => {
    assert.match(
      compareText([
        named("go"),
        named("node", { verdict: "invalid", reasons: [{ code: "gap", text: "our reading was late" }] }),
      ]),
      /^node: our reading was late \[gap\]$/m,
    );
  });

  it("takes no reports and unfinished ones", () => {
    assert.equal(compareText([]), "no runs to compare\n");
    assert.match(compareText([emptyReport()]), /verdict +RUNNING/);
  });
});
