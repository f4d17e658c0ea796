/**
 * Selftest cases for API scenarios: delays injected into responses must be recovered, measured from when each request
 * was sent or due.
 */
import { type ApiPlan, StepTimes } from "../generator/requests/request-plan.ts";
import { RequestPool } from "../generator/requests/request-pool.ts";
import type { Report } from "../report/model/report.ts";
import { planApi } from "../run/kinds/api-kind.ts";
import type { ApiScenario } from "../scenario/api-schema.ts";
import type { Outcome, SelftestCase } from "./case.ts";
import { type Check, exactly, within } from "./check.ts";
import {
  closedLoopBounds,
  openLoopBounds,
  type RequestBounds,
  requestEquations,
  requestLatencyChecks,
} from "./check-requests.ts";

/** Allowed deviation of a quantile from the account's bounds, including the histogram's resolution (0.5 ms at 2 s). */
const toleranceMs = 1;

/** Distinct steps at p50, p99 and p999: a figure that slips to the next step is far off. */
const delays = [
  { ms: 3, weight: 800 },
  { ms: 15, weight: 150 },
  { ms: 40, weight: 45 },
  { ms: 120, weight: 5 },
];

/** The requests of a run with one shard, in the order in which they are due. */
export function* plannedPaths({ requests }: Pick<ApiPlan, "requests">): Generator<string> {
  const pool = new RequestPool(requests, 1, requests.seed);
  for (;;) yield pool.paths[pool.next(0)] ?? "";
}

/**
 * Bounds for the requests of a finished API run with one shard and one step, according to the account, and the time of
 * its hold.
 */
function apiTruth({ report, account }: Outcome): { bounds: RequestBounds[]; hold: { fromNs: number; toNs: number } } {
  const api = planApi(report.scenario as ApiScenario, null);
  const { answers } = account;
  const bounds =
    api.ratePerSecond === null
      ? closedLoopBounds(answers)
      : openLoopBounds(answers, plannedPaths(api), api.ratePerSecond);
  return { bounds, hold: new StepTimes(report.timing.holdNs?.fromNs ?? 0, api).holdOf(1) };
}

/** All checks against the account of responses, for a run in which every request is answered correctly. */
function apiChecks(outcome: Outcome): Check[] {
  const { report } = outcome;
  const { bounds, hold } = apiTruth(outcome);
  return [
    ...requestEquations(report),
    exactly("failed, unsent and unanswered", 0, failures(report)),
    ...requestLatencyChecks(report, bounds, hold, toleranceMs),
  ];
}

const failures = ({ requests: r }: Report): number | undefined =>
  r === undefined ? undefined : r.failed + r.unsent + r.unanswered;

/**
 * Checks a stall by arithmetic alone: everything due during it was answered after its end, so of the n requests due in
 * it the k-th last waited at least k / rate, and none longer than from its start to the last response. The exact value
 * follows from the account.
 */
function stallChecks({ report, account: { answers } }: Outcome): Check[] {
  const { afterRequests, ms, rate, holdMs } = stalled;
  const request = report.latencyMs.request;
  const beganNs = answers.find((answer) => answer.request === afterRequests - 1)?.readNs ?? Number.NaN;
  const inStall = answers.filter(({ readNs, afterNs }) => readNs >= beganNs && afterNs < beganNs + ms * 1e6);
  const mostMs = Math.round((Math.max(...answers.map(({ afterNs }) => afterNs)) - beganNs) / 1e6) + toleranceMs;
  const due = (rate * holdMs) / 1000;
  const row = (name: "p50" | "p99" | "p999", share: number): Check =>
    within(`${name} by arithmetic, ms`, ms - ((1 - share) * due * 1000) / rate - toleranceMs, mostMs, request?.[name]);
  return [
    exactly("requests due at the rate", due, report.requests?.due),
    exactly("requests read and answered in the stall", 0, inStall.length),
    row("p50", 0.5),
    row("p99", 0.99),
    row("p999", 0.999),
  ];
}

/**
 * The same in a closed loop: a waiting user sends nothing, so a stall affects each user once and is invisible in lower
 * quantiles.
 */
function closedStallChecks({ report, account: { answers } }: Outcome): Check[] {
  const { afterRequests, ms, users } = closedStall;
  const beganNs = answers.find((answer) => answer.request === afterRequests - 1)?.readNs ?? Number.NaN;
  const waited = answers.filter(
    ({ readNs, beforeNs }) => readNs >= beganNs && readNs < beganNs + ms * 1e6 && beforeNs >= beganNs + ms * 1e6,
  );
  return [
    exactly("requests affected by the stall: one per user", users, waited.length),
    within(
      "longest request, ms",
      ms - toleranceMs,
      Number(((Math.max(...answers.map(({ afterNs }) => afterNs)) - beganNs) / 1e6).toFixed(3)),
      report.latencyMs.request?.max,
    ),
  ];
}

const stalled = { afterRequests: 1000, ms: 2000, rate: 1000, holdMs: 3500 };
const closedStall = { afterRequests: 700, ms: 800, users: 4 };

const api = (
  name: string,
  proves: string,
  fields: Record<string, unknown>,
  faults: SelftestCase["faults"],
): SelftestCase => ({
  name,
  proves,
  isQuick: false,
  isAlone: true,
  script: { answers: true },
  // With one shard and no random body checks, the requests are known in the order in which they are due.
  scenario: { kind: "api", shards: 1, checkShare: 0, warmUp: "300ms", ...fields },
  faults,
  checks: apiChecks,
});

export const apiCases: readonly SelftestCase[] = [
  api("api-delays", "closed loop: delays of 3, 15, 40 and 120 ms at p50, p99 and p999", { users: 20, hold: "4s" }, [
    { kind: "http.delay", weighted: delays },
  ]),
  api(
    "api-delays-at-a-rate",
    "requests due at 800 per second: the same delays, from the due time",
    { users: 60, rate: 800, hold: "4s" },
    [{ kind: "http.delay", weighted: delays }],
  ),
  {
    ...api(
      "api-stall-closed",
      "the same in a closed loop: each user waits once",
      { users: closedStall.users, hold: "2500ms" },
      [
        { kind: "http.delay", ms: 5 },
        { kind: "http.stall", at: { whenRequests: closedStall.afterRequests }, ms: closedStall.ms },
      ],
    ),
    checks: (outcome) => [...apiChecks(outcome), ...closedStallChecks(outcome)],
  },
  {
    ...api("api-stall-2s", "a target that answers nothing for 2 s: every request due in it waited for its end", {}, []),
    scenario: {
      kind: "api",
      shards: 1,
      checkShare: 0,
      warmUp: "500ms",
      users: 10,
      rate: stalled.rate,
      hold: `${stalled.holdMs}ms`,
    },
    faults: [{ kind: "http.stall", at: { whenRequests: stalled.afterRequests }, ms: stalled.ms }],
    checks: (outcome) => [...apiChecks(outcome), ...stallChecks(outcome)],
  },
];
