import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runsSheet } from "../../compare/runs.ts";
import { renderHtml, sheetHtml } from "../../html/html.ts";
import type { Report } from "../../model/report.ts";
import type { CapacityBlock, CapacityTrial } from "../../model/schema/capacity-block.ts";
import type { SoakBlock, SoakDrift, SoakGrowth } from "../../model/schema/soak-block.ts";
import { sampleIntervals, sampleReport } from "../../testing/sample-report.ts";
import { renderText, sheetText } from "../../text/text.ts";
import { cellsOf } from "../../text/text-table.ts";
import { closingBounds } from "./capacity.ts";
import { fittedLayers } from "./soak.ts";

const noGaps = /\b(NaN|undefined|Infinity|null|\[object)/;

function trial(number: number, load: number, verdict: CapacityTrial["verdict"]): CapacityTrial {
  const failed = verdict === "fail";
  return {
    number,
    load,
    connections: load,
    pushesPerSecond: load / 2,
    purpose: "bisect",
    durationMs: 20_000,
    elapsedMs: 31_000,
    outcome: { strict: verdict },
    verdict,
    criterion: failed ? { strict: "unexpected-closes" } : {},
    limitedBy: verdict === "pass" ? null : failed ? "target-descriptors" : "generator",
    evidence:
      verdict === "pass"
        ? null
        : failed
          ? "it had 19,998 of 20,000 descriptors open"
          : "<b>our loop</b> was away for 900 ms",
    p99Ms: verdict === "invalid" ? null : load / 500,
    burstP99Ms: load / 520,
    lostRatio: failed ? 0.0123 : 0,
    closed: failed ? 12_345 : 0,
    refused: failed ? 10_000 : 0,
    targetCpu: 0.91,
    targetRssMiB: 812.4,
    targetFds: load + 20,
    counters: failed ? ["12 times a full accept queue made the kernel drop a connection"] : [],
  };
}

const block: CapacityBlock = {
  vary: "connections",
  lower: 19_000,
  upper: 20_500,
  regular: true,
  limitedBy: "target-descriptors",
  evidence: "it had 19,998 of 20,000 descriptors open",
  criterion: "unexpected-closes",
  end: "answered",
  ceiling: { load: 60_000, code: "host-memory", text: "memory: 20,000 MiB available; 19,000 MiB" },
  restarted: true,
  elapsedMs: 1_234_567,
  goals: [
    {
      goal: "strict",
      lower: 19_000,
      upper: 20_500,
      regular: true,
      confirmed: true,
      limitedBy: "target-descriptors",
      criterion: "unexpected-closes",
      width: 0.07,
      sentence: "",
    },
  ],
  trials: [trial(1, 10_000, "pass"), trial(2, 20_500, "fail"), trial(3, 15_000, "invalid"), trial(4, 19_000, "pass")],
};
const capacity = (changes: Partial<CapacityBlock> = {}): Report =>
  sampleReport({ kind: "capacity", capacity: { ...block, ...changes } });

describe("a capacity report", () => {
  it("says the bounds, the limit and every trial, within 100 columns", () => {
    const text = renderText(capacity());
    assert.match(
      text,
      /strict: 19,000 connections hold, confirmed by a long trial, 20,500 do\s+not:\s+unexpected-closes broke there/,
    );
    assert.match(text, /limited by target-descriptors: it had 19,998 of 20,000 descriptors open/);
    assert.match(text, /\n +2 +20,500 +20 s +fail +41\.0 +1\.2 % +12,345 +10,000 +unexpected-closes\n/);
    assert.ok(Math.max(...text.split("\n").map(cellsOf)) <= 100);
    assert.doesNotMatch(text, noGaps);
  });

  it("says why a result is irregular", () => {
    assert.match(renderText(capacity({ regular: false, end: "interrupted" })), /irregular: the search was stopped/);
    assert.match(
      renderText(capacity({ regular: false, lower: 60_000, upper: null })),
      /irregular: the largest load that could be tried passed/,
    );
    const ceiling = { load: 60_000, code: "target-descriptors", text: "open files", fix: "use at least 4 replicas" };
    assert.match(
      renderText(capacity({ regular: false, lower: 60_000, upper: null, ceiling })),
      /the true limit is\s+higher;\s+to\s+try\s+more:\s+use\s+at\s+least\s+4/,
    );
    assert.match(
      renderText(capacity({ regular: false, end: "time-budget" })),
      /irregular: the time budget was exhausted/,
    );
  });

  it("draws the trials and escapes what came from outside", () => {
    const page = renderHtml(capacity(), sampleIntervals(20));
    for (const id of ["chart-bounds", "chart-load-p99", "chart-load-loss"])
      assert.ok(page.includes(`id="${id}-title"`), id);
    assert.ok(page.includes("&lt;b&gt;our loop&lt;/b&gt;") && !page.includes("<b>our loop"));
    assert.doesNotMatch(page, /\b(NaN|undefined|Infinity)\b/);
    assert.doesNotMatch(
      renderHtml(capacity({ trials: [], goals: [], lower: null, upper: null })),
      /\b(NaN|undefined|Infinity)\b/,
    );
  });

  it("shows the bounds closing in, the failure believed over a larger load that passed", () => {
    const { lower, upper } = closingBounds([
      trial(1, 100, "pass"),
      trial(2, 400, "fail"),
      trial(3, 800, "pass"),
      trial(4, 200, "pass"),
    ]);
    assert.deepEqual(
      lower.map(({ y }) => y),
      [100, 100, 100, 200],
    );
    assert.deepEqual(
      upper.map(({ y }) => y),
      [null, 400, 400, 400],
    );
  });

  it("is compared by its bounds", () => {
    const other = { ...capacity({ lower: 5000, upper: 5400 }), target: { ...sampleReport().target, name: "node" } };
    const sheet = runsSheet([{ report: capacity() }, { report: other }]);
    assert.match(sheetText(sheet), /largest load that held +19,000 +5,000/);
    assert.match(sheetText(sheet), /go: 19,000 connections hold/);
    assert.match(sheetHtml(sheet), /id="bounds"/);
  });
});

const growth: SoakGrowth = {
  verdict: "leak",
  perHour: 10 * 2 ** 20,
  lower: 8 * 2 ** 20,
  upper: 12 * 2 ** 20,
  projected: 240 * 2 ** 20,
  budget: 20 * 2 ** 20,
  lifetimeMs: 86_400_000,
  projectedMs: 7_200_000,
  perConnectionHour: 1024,
  perMillionPushes: 123_456,
  blocks: 24,
  blockMs: 150_000,
  lagOne: 0.1,
  dependent: false,
  anchor: { atMs: 1_800_000, level: 100 * 2 ** 20 },
  fromMs: 0,
  toMs: 3_600_000,
};
const drift: SoakDrift = {
  verdict: "steady",
  firstMs: 12,
  lastMs: 12.4,
  shiftMs: { estimate: 0.4, lower: -0.2, upper: 1 },
  budgetMs: 5,
  bursts: 720,
};
const short: SoakGrowth = {
  ...growth,
  verdict: "too-short",
  perHour: null,
  lower: null,
  upper: null,
  projected: null,
  anchor: null,
};
const soakBlock: SoakBlock = {
  heldMs: 3_600_000,
  warmUpMs: 360_000,
  memory: growth,
  descriptors: { ...growth, verdict: "steady", perHour: 0, lower: 0, upper: 0, projected: 0, budget: 16 },
  latency: drift,
  residue: [
    {
      name: "target descriptors",
      unit: "count",
      before: 20,
      after: 31,
      allowed: 8,
      residue: 11,
      ok: false,
      decides: true,
    },
  ],
  generator: {
    memory: short,
    descriptors: short,
    gap: { ...drift, verdict: "too-short", firstMs: null, lastMs: null, shiftMs: null, bursts: 10 },
  },
  replacedShards: 0,
};

describe("a soak report", () => {
  it("says the slope with its limits, what that means over the lifetime, and what stayed", () => {
    const text = renderText(sampleReport({ kind: "soak", soak: soakBlock }));
    assert.match(
      text,
      /memory: 10 MiB an hour \(95 % limits 8 MiB to 12 MiB\); 240 MiB over 24 h, budget 20\s+MiB: LEAK/,
    );
    assert.match(text, /its memory limit is reached in 2 h/);
    assert.match(text, /target descriptors 20 before, 31 after \(STAYED\)/);
    assert.match(
      text,
      /burst p99: first third 12\.0 ms, last 12\.4 ms; shift 0\.40 ms \(-0\.20 to 1\.00\), budget\s+5\.00 ms: steady/,
    );
    assert.doesNotMatch(text, noGaps);
  });

  it("draws the fitted slope through the middle of the blocks, with its band", () => {
    const [band, line] = fittedLayers(growth, 2 ** 20);
    assert.ok(band?.kind === "band" && line?.kind === "line");
    assert.deepEqual([line.points[0]?.y, line.points.at(-1)?.y], [95, 105]);
    assert.deepEqual([band.points[0]?.low, band.points[0]?.high], [94, 96]);
    assert.deepEqual(fittedLayers(short, 1), []);
    assert.doesNotMatch(
      renderHtml(sampleReport({ kind: "soak", soak: soakBlock }), sampleIntervals(60)),
      /\b(NaN|undefined|Infinity)\b/,
    );
    assert.doesNotMatch(
      renderHtml(
        sampleReport({ kind: "soak", soak: { ...soakBlock, memory: null, descriptors: null, latency: null } }),
      ),
      /\b(NaN|undefined|Infinity)\b/,
    );
  });
});
