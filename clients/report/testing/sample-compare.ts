/** Comparisons made up for tests: plausible, complete, and never measured. */

import { comparisonReport } from "../compare/compare-report.ts";
import type { ComparisonReport } from "../model/figures/comparison.ts";
import type { Report } from "../model/report.ts";
import type { ComparedMember, ComparedScenario } from "../model/schema/compare-block.ts";
import { samplePipeline, sampleVariant } from "./sample-pipeline.ts";
import { sampleReport } from "./sample-report.ts";

const quantiles = (p99: number) => ({ count: 10_000, p50: p99 / 3, p90: p99 / 2, p99, p999: p99 * 2, max: p99 * 3 });

/** A connections run on `target`. */
export function sampleHeld(target: string, p99Ms: number, rssMiB: number, changes: Partial<Report> = {}): Report {
  const report = sampleReport();
  return {
    ...report,
    run: `20261123-080000-connections-${target}-0001`,
    target: { ...report.target, name: target },
    latencyMs: { ...report.latencyMs, push: quantiles(p99Ms) },
    usage: {
      ...report.usage,
      target: { rssMiB: { steady: rssMiB, peak: rssMiB * 1.1 }, cpu: { mean: 0.2, peak: 0.9 }, fds: 10_012 },
    },
    ...changes,
  };
}

/** An API run on `target`. */
export function sampleAsked(target: string, qps: number, p99Ms: number, changes: Partial<Report> = {}): Report {
  const counts = {
    due: 1000,
    sent: 1000,
    unsent: 0,
    ok: 1000,
    failed: 0,
    unanswered: 0,
    checkShare: 0.01,
    byCause: {},
    byStatusClass: { "2xx": 1000 },
    ownLagMs: null,
  };
  return sampleHeld(target, p99Ms, 60, {
    kind: "api",
    pushes: null,
    latencyMs: { request: quantiles(p99Ms) },
    qps,
    requests: counts,
    ...changes,
  });
}

export interface SampleRun {
  scenario: string;
  report: Report;
  repeat?: number;
}

/** A finished comparison of these runs. */
export function sampleComparison(
  runs: readonly SampleRun[],
  changes: Partial<ComparisonReport> = {},
): ComparisonReport {
  const targets = [...new Set(runs.map(({ report }) => report.target.name))];
  const kinds = new Map(runs.map(({ scenario, report }) => [scenario, report.kind]));
  const scenarios: ComparedScenario[] = [...kinds].map(([name, kind]) => ({
    name,
    kind,
    title: `sample of ${name}`,
    repeats: 2,
    heldMs: 60_000,
  }));
  const members: ComparedMember[] = runs.map(({ scenario, report, repeat = 1 }) => ({
    run: report.run,
    scenario,
    target: report.target.name,
    repeat,
  }));
  const input = {
    targets,
    scenarios,
    members,
    reports: runs.map(({ report }) => report),
    planned: runs.length,
    skipped: [],
  };
  const report = comparisonReport({
    ...input,
    run: "20261123-080000-compare-sample-0001",
    state: "finished",
    host: sampleReport().host,
    scenario: { kind: "compare", title: "A sample" },
    startedAt: "2026-11-23T08:00:00.000Z",
    endedAt: "2026-11-23T08:03:00.000Z",
  });
  return { ...report, ...changes };
}

/** Everything of the published comparison twice, with its own figures where it has some, five percent apart. */
export function publishedComparison(): ComparisonReport {
  const runs = [1, 1.05].flatMap((factor, index): SampleRun[] => {
    const repeat = index + 1;
    const pipeline = (target: string, variants: [string, number][]) =>
      samplePipeline(
        target,
        variants.map(([name, ms]) =>
          sampleVariant(name, ms * factor, { ms: { median: ms * factor, min: ms * factor, max: ms * factor * 1.01 } }),
        ),
      );
    return [
      { scenario: "connections", repeat, report: sampleHeld("go", 18 * factor, 65) },
      { scenario: "connections", repeat, report: sampleHeld("cpython", 400 * factor, 300) },
      { scenario: "connections", repeat, report: sampleHeld("pypy", 320 * factor, 450) },
      { scenario: "api", repeat, report: sampleAsked("go", 12_500 * factor, 12) },
      { scenario: "api", repeat, report: sampleAsked("cpython", 2800 * factor, 85) },
      { scenario: "api", repeat, report: sampleAsked("pypy", 4200 * factor, 52) },
      { scenario: "pipeline", repeat, report: pipeline("go", [["go encoding/json", 1100]]) },
      { scenario: "pipeline", repeat, report: pipeline("cpython", [["cpython ujson", 8200]]) },
      {
        scenario: "pipeline",
        repeat,
        report: pipeline("pypy", [
          ["pypy json", 1500],
          ["pypy ujson", 9000],
        ]),
      },
    ];
  });
  return sampleComparison(runs);
}
