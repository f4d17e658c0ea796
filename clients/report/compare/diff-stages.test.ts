import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Report } from "../model/report.ts";
import type { StageReport } from "../model/schema/stage-block.ts";
import { sampleReport } from "../testing/sample-report.ts";
import { diffReports } from "./diff.ts";

const stage = (connections: number, over: Partial<StageReport> = {}): StageReport => ({
  connections,
  overMs: 1000,
  holdMs: 5000,
  atMs: 0,
  lastedMs: 6000,
  opened: connections,
  refused: 0,
  closedByPlan: 0,
  closedUnexpectedly: 0,
  byCause: {},
  open: connections,
  pushes: { due: 1000, received: 1000, late: 0, lost: 0 },
  pushLatencyMs: { count: 1000, p50: 10, p90: 20, p99: 30, p999: 40, max: 50 },
  target: { cpu: 1, rssMiB: 100 },
  ...over,
});

const rowsOf = (before: StageReport[], after: StageReport[]): [figure: string, verdict: string][] => {
  const [first, second] = [before, after].map((stages): Report => ({ ...sampleReport(), stages }));
  return diffReports(first!, second!)
    .rows.filter(({ figure }) => figure.startsWith("stages."))
    .map(({ figure, verdict }) => [figure, verdict]);
};

describe("runs in stages", () => {
  it("are compared stage by stage: the one that got worse is told", () => {
    const bad = stage(500, { closedUnexpectedly: 100, byCause: { reset: 100 } });
    const worse = rowsOf([stage(100), stage(500)], [stage(100), bad]).filter(([, verdict]) => verdict === "worse");
    assert.deepEqual(worse, [["stages.2.closedUnexpectedly", "worse"]]);
  });

  it("are not where a stage asked for another load", () => {
    const figures = rowsOf([stage(100), stage(500)], [stage(100), stage(400)]).map(([figure]) => figure);
    assert(figures.length > 0 && figures.every((figure) => figure.startsWith("stages.1.")));
  });
});
