/** The report of a comparison from those of its runs. Pure. */

import type { ComparisonReport } from "../model/figures/comparison.ts";
import type { ConnectionCounts, Reason, Report, Verdict } from "../model/report.ts";
import { judgeAdvice } from "./advice.ts";
import { type SummaryInput, summarizeComparison } from "./summary.ts";

export interface ComparisonInput extends SummaryInput {
  run: string;
  state: Report["state"];
  host: Report["host"];
  scenario: unknown;
  startedAt: string;
  endedAt: string | null;
}

/** The comparison as a report like any other; its counts are the sums of its runs, and it has no latency of its own. */
export function comparisonReport(input: ComparisonInput): ComparisonReport {
  const { run, state, host, scenario, startedAt, endedAt, reports, targets } = input;
  const summary = summarizeComparison(input);
  const first = reports[0];
  const sum = (read: (report: Report) => number): number => reports.reduce((total, report) => total + read(report), 0);
  const most = (read: (report: Report) => number): number => Math.max(0, ...reports.map(read));
  return {
    schema: 1,
    run,
    kind: "compare",
    state,
    target: { name: targets.join(", "), version: "", settings: {}, url: "", replicas: 1 },
    host,
    engine: first?.engine ?? "kernel",
    clock: first?.clock ?? "kernel",
    protocol: first?.protocol ?? "",
    verdict: state === "finished" ? verdictOf(summary.outcomes, reports) : null,
    reasons: reasonsOf(input),
    notes: input.skipped.map(({ text }) => ({ code: "skipped", text })),
    limits: [],
    connections: countsOf(reports, sum),
    pushes: null,
    latencyMs: {},
    usage: {
      target: null,
      generator: {
        rssMiB: {
          steady: most((report) => report.usage.generator.rssMiB.steady),
          peak: most((report) => report.usage.generator.rssMiB.peak),
        },
        cpu: {
          mean: most((report) => report.usage.generator.cpu.mean),
          peak: most((report) => report.usage.generator.cpu.peak),
        },
        fds: most((report) => report.usage.generator.fds),
        bytesPerConnection: null,
      },
    },
    timing: {
      startedAt,
      rampMs: sum((report) => report.timing.rampMs),
      heldMs: sum((report) => report.timing.heldMs),
      endedAt,
      phases: [],
    },
    trust: {
      shards: most((report) => report.trust.shards),
      unstampedReads: sum((report) => report.trust.unstampedReads),
      sharedStamps: sum((report) => report.trust.sharedStamps),
      reads: sum((report) => report.trust.reads),
      loopDelayMaxMs: most((report) => report.trust.loopDelayMaxMs),
      clockJumps: sum((report) => report.trust.clockJumps),
      gapP99Ms: null,
    },
    scenario,
    runs: [...reports],
    summary,
    advice: judgeAdvice(summary),
  };
}

/**
 * Invalid when some target has no run of a scenario that counts, although it ran; then fail when a limit was missed;
 * else pass.
 */
function verdictOf(
  outcomes: ReturnType<typeof summarizeComparison>["outcomes"],
  reports: readonly Report[],
): Verdict | null {
  if (reports.length === 0) return null;
  if (outcomes.some(({ counted, invalid }) => counted === 0 && invalid > 0)) return "invalid";
  return outcomes.some(({ failed }) => failed > 0) ? "fail" : "pass";
}

/** Why runs did not pass, each with its scenario, its target and its repeat. */
function reasonsOf({ members, reports }: ComparisonInput): Reason[] {
  return members.flatMap(({ scenario, target, repeat }, index) => {
    const { verdict, reasons } = reports[index]!;
    if (verdict === "pass" || verdict === null) return [];
    return reasons.map(({ code, text }) => ({
      code,
      text: `${target}, ${scenario}, repeat ${repeat}: ${verdict}: ${text}`,
    }));
  });
}

function countsOf(reports: readonly Report[], sum: (read: (report: Report) => number) => number): ConnectionCounts {
  return {
    planned: sum(({ connections }) => connections.planned),
    attempted: sum(({ connections }) => connections.attempted),
    opened: sum(({ connections }) => connections.opened),
    refused: sum(({ connections }) => connections.refused),
    notAttempted: sum(({ connections }) => connections.notAttempted),
    peak: Math.max(0, ...reports.map(({ connections }) => connections.peak)),
    closedByPlan: sum(({ connections }) => connections.closedByPlan),
    closedUnexpectedly: sum(({ connections }) => connections.closedUnexpectedly),
    byCause: {},
    byCode: {},
    reconnects: {
      attempted: sum(({ connections }) => connections.reconnects.attempted),
      opened: sum(({ connections }) => connections.reconnects.opened),
      refused: sum(({ connections }) => connections.reconnects.refused),
    },
  };
}
