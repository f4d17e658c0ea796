/** From what an API run counted to its blocks of the report. Pure. */
import { requestCauseList, statusClassList } from "../../measure/request-cause.ts";
import { namedCounts, type RequestStep, type RequestTally } from "../../measure/request-tally.ts";
import type { Interval } from "./interval.ts";
import { distributionOf, quantilesOf } from "./quantiles.ts";
import type { Reason, Report } from "./report.ts";
import type { RequestCounts, StepFigures } from "./schema/request-block.ts";

/** A step as it was run: how long it was held so far, and what the target used meanwhile. */
export interface StepRun {
  users: number;
  heldMs: number;
  usage: { cpu: number; rssMiB: number } | null;
}

export interface ApiMeasurement {
  requests: RequestTally;
  ratePerSecond: number | null;
  checkShare: number;
  steps: readonly StepRun[];
}

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

export function requestCounts(step: RequestStep, checkShare: number): RequestCounts {
  const { sent, unsent, ok, failed, unanswered } = step;
  return {
    due: sent + unsent,
    sent,
    unsent,
    ok,
    failed,
    unanswered,
    checkShare,
    byCause: namedCounts(requestCauseList, step.causes),
    byStatusClass: namedCounts(statusClassList, step.classes),
    ownLagMs: quantilesOf(step.lag),
  };
}

/** The blocks `requests`, `qps`, `steps` and the request distribution. */
export function apiBlocks({ requests, ratePerSecond, checkShare, steps }: ApiMeasurement): Partial<Report> {
  const measured = requests.sum("measured");
  const figures = steps.map((step, index) => stepFigures(step, requests.steps[index + 1], ratePerSecond));
  const begun = figures.filter(({ heldMs }) => heldMs > 0);
  const request = distributionOf(measured.latency);
  return {
    requests: requestCounts(measured, checkShare),
    qps: begun.length === 0 ? null : Math.max(...begun.map(({ qps }) => qps)),
    steps: begun,
    ...(request.length > 0 ? { distribution: { request } } : {}),
  };
}

function stepFigures(
  { users, heldMs, usage }: StepRun,
  step: RequestStep | undefined,
  ratePerSecond: number | null,
): StepFigures {
  return {
    users,
    active: step?.users ?? 0,
    ratePerSecond,
    heldMs: Math.round(heldMs),
    qps: heldMs > 0 ? rounded(((step?.okInHold ?? 0) * 1000) / heldMs, 2) : 0,
    sent: step?.sent ?? 0,
    unsent: step?.unsent ?? 0,
    ok: step?.ok ?? 0,
    failed: step?.failed ?? 0,
    unanswered: step?.unanswered ?? 0,
    latencyMs: quantilesOf(step?.latency),
    targetCpu: usage === null ? null : rounded(usage.cpu, 3),
    targetRssMiB: usage === null ? null : rounded(usage.rssMiB, 2),
  };
}

/**
 * Figures a limit may name: requests that got no right answer, of those due; throughput. And what the verdict asks of
 * us. While the run goes on a request without an answer is under way, and no failure: it answers, or times out and
 * fails.
 */
export function apiFigures({ requests, qps }: Partial<Report>, state: Report["state"]): Record<string, number | null> {
  const givenUp = state === "running" ? 0 : (requests?.unanswered ?? 0);
  const lost = requests === undefined ? 0 : requests.failed + givenUp + requests.unsent;
  const failedRatio = requests === undefined || requests.due === 0 ? null : lost / requests.due;
  return { failedRatio, qps: qps ?? null, ownLagP99Ms: requests?.ownLagMs?.p99 ?? null };
}

/**
 * What of the load was not applied: reasons why the run says nothing certain. `planned`: the users of each step of the
 * scenario.
 */
export function apiUnapplied({ requests, steps = [] }: Partial<Report>, planned: readonly number[]): Reason[] {
  if (requests === undefined || requests.due === 0) {
    const text =
      "no request was measured: none was due or in progress during the hold; hold longer, or check the target";
    return [{ code: "nothing-measured", text }];
  }
  const missing = planned
    .slice(steps.length)
    .map((users) => ({ code: "load-not-applied", text: `the step with ${users} users was never held` }));
  const idle = steps.flatMap(({ users, active = 0, ratePerSecond }) => {
    if (ratePerSecond !== null || active >= users) return [];
    const text = `only ${active} of ${users} users sent a request during the hold: the others were waiting for a connection or for an earlier answer; hold longer, or check the target`;
    return [{ code: "load-not-applied", text }];
  });
  return [...missing, ...idle];
}

/** All requests of the run so far, the warm-up's too: what the charts and the metrics show. */
export function apiInterval(requests: RequestTally): NonNullable<Interval["requests"]> {
  const all = requests.sum("all");
  const { sent, ok, failed } = all;
  return {
    sent,
    ok,
    failed,
    byCause: namedCounts(requestCauseList, all.causes),
    byStatusClass: namedCounts(statusClassList, all.classes),
  };
}

/** What a reader should know that no limit says. */
export function apiRemarks({ requests }: Partial<Report>): Reason[] {
  if (requests === undefined || requests.unsent === 0) return [];
  const text = `${requests.unsent} requests were due but never sent because no connection was free; they are excluded from latencies, which are therefore lower bounds; use more users or a lower rate`;
  return [{ code: "unsent", text }];
}
