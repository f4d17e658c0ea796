import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seededRandom } from "../measure/statistics/seeded-random.ts";
import type { Report } from "../report/model/report.ts";
import type { AnswerFact } from "./account.ts";
import {
  closedLoopBounds,
  holdBounds,
  openLoopBounds,
  type RequestBounds,
  requestLatencyChecks,
} from "./check-requests.ts";

interface Simulated {
  answers: AnswerFact[];
  /** When each request's latency starts, and its true value. */
  truth: { fromNs: number; ms: number }[];
}

/** Delays of a busy machine: usually none, occasionally a time slice. */
const lateness = (draw: () => number): number => (draw() < 0.02 ? draw() * 8e6 : draw() * 0.2e6);

const answerOf = (request: number, peer: number, readNs: number, stampNs: number, draw: () => number): AnswerFact => ({
  replica: "a",
  request,
  peer: String(peer),
  path: `/user/${request % 400}`,
  readNs,
  beforeNs: stampNs - lateness(draw),
  afterNs: stampNs + lateness(draw),
});

/** Users that send one request after another, with random delays of both target and generator. */
function closedLoop(seed: number, users = 8, requests = 4000): Simulated {
  const draw = seededRandom(seed);
  const atNs = Array.from({ length: users }, () => draw() * 1e6);
  const all = Array.from({ length: requests }, (_, request) => {
    const user = request % users;
    const sentNs = atNs[user]! + lateness(draw);
    const readNs = sentNs + lateness(draw);
    const beforeNs = readNs + (draw() < 0.02 ? 60e6 : draw() < 0.2 ? 20e6 : 3e6) + lateness(draw);
    const stampNs = beforeNs + lateness(draw);
    const afterNs = stampNs + lateness(draw);
    atNs[user] = afterNs;
    return {
      answer: { ...answerOf(request, user, readNs, stampNs, draw), beforeNs, afterNs },
      fromNs: sentNs,
      ms: (stampNs - sentNs) / 1e6,
    };
  });
  return { answers: all.map(({ answer }) => answer), truth: all };
}

const rate = 500;

/** Requests due at a rate that queue behind a stall, read in any order by a target with random delays. */
function openLoop(seed: number, requests = 3000): Simulated & { paths: string[] } {
  const draw = seededRandom(seed);
  const firstNs = 5e9 + draw() * 1e6;
  const stall = { fromNs: firstNs + 1e9, toNs: firstNs + 3e9 };
  const all = Array.from({ length: requests }, (_, request) => {
    const dueNs = firstNs + (request * 1e9) / rate;
    const readNs = dueNs + 0.02e6 + lateness(draw);
    const isStalled = readNs >= stall.fromNs && readNs < stall.toNs;
    const stampNs = (isStalled ? stall.toNs : readNs + 3e6) + lateness(draw);
    return {
      answer: answerOf(request, request % 40, readNs, stampNs, draw),
      fromNs: dueNs,
      ms: (stampNs - dueNs) / 1e6,
    };
  });
  return {
    answers: all.map(({ answer }) => answer).sort((a, b) => a.beforeNs - b.beforeNs),
    truth: all,
    paths: all.map(({ answer }) => answer.path),
  };
}

/** A report that measured the exact truth, each latency off by `offMs`. */
function reportOf(truth: Simulated["truth"], hold: { fromNs: number; toNs: number }, offMs = 0): Report {
  const measured = truth
    .filter(({ fromNs }) => fromNs >= hold.fromNs && fromNs < hold.toNs)
    .map(({ ms }) => ms + offMs);
  measured.sort((a, b) => a - b);
  const at = (share: number): number => measured[Math.ceil(share * measured.length) - 1]!;
  return {
    latencyMs: {
      request: { count: measured.length, p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999), max: at(1) },
    },
  } as Report;
}

const differing = (
  report: Report,
  bounds: RequestBounds[],
  hold: { fromNs: number; toNs: number },
  toleranceMs: number,
): string[] =>
  requestLatencyChecks(report, bounds, hold, toleranceMs).flatMap(({ ok, what, atLeast, atMost, measured }) =>
    ok ? [] : [`${what}: ${atLeast} to ${atMost}, got ${measured}`],
  );

describe("the bounds of request latencies from a target's account", () => {
  it("accept every closed loop, however late target and generator were", () => {
    for (let seed = 1; seed <= 40; seed++) {
      const { answers, truth } = closedLoop(seed);
      const hold = { fromNs: 0.3e9, toNs: 1.5e9 };
      assert.deepEqual(differing(reportOf(truth, hold), closedLoopBounds(answers), hold, 0.001), []);
    }
  });

  it("accept every open loop across a stall, in whatever order its requests were read", () => {
    for (let seed = 1; seed <= 40; seed++) {
      const { answers, truth, paths } = openLoop(seed);
      const hold = { fromNs: 5.4e9, toNs: 10e9 };
      // The promptest request was in transit for 0.02 ms.
      assert.deepEqual(differing(reportOf(truth, hold), openLoopBounds(answers, paths, rate), hold, 0.05), []);
    }
  });

  it("reject a generator that is off by 3 ms at any quantile", () => {
    const { answers, truth, paths } = openLoop(7);
    const hold = { fromNs: 5.4e9, toNs: 10e9 };
    const bounds = openLoopBounds(answers, paths, rate);
    for (const offMs of [-3, 3]) assert(differing(reportOf(truth, hold, offMs), bounds, hold, 1).length >= 2);
    const fewer = truth.filter((_, index) => index % 5 > 0);
    assert.match(differing(reportOf(fewer, hold), bounds, hold, 1).join(), /requests measured/);
  });

  it("reject a generator that counts from the time of sending, which hides a stall", () => {
    const { answers, paths } = openLoop(7);
    const hold = { fromNs: 5.4e9, toNs: 10e9 };
    const omitting = answers.map(({ readNs, afterNs }, index) => ({
      fromNs: readNs,
      ms: index % 40 === 0 ? (afterNs - readNs) / 1e6 : 3,
    }));
    assert.match(
      differing(reportOf(omitting, hold), openLoopBounds(answers, paths, rate), hold, 1).join(),
      /p99.*p999/,
    );
  });

  it("treat requests at the edge of the hold as possibly measured, and use the worst for each bound", () => {
    const bounds = [1, 2, 3, 4].map((at) => ({
      fromAtLeastNs: at - 0.5,
      fromAtMostNs: at + 0.5,
      atLeastMs: 10 * at,
      atMostMs: 10 * at + 1,
    }));
    const { surely, atMost, quantile } = holdBounds(bounds, { fromNs: 2, toNs: 4 });
    assert.deepEqual([surely, atMost], [1, 3]);
    assert.deepEqual(quantile(0.5, 2), { atLeastMs: 20, atMostMs: 31 });
    assert.deepEqual(quantile(1, 2), { atLeastMs: 30, atMostMs: 41 });
  });

  it("name a request the target never answered", () => {
    const { answers, paths } = openLoop(1, 10);
    assert.throws(() => openLoopBounds(answers, ["/user/9999", ...paths], rate), /request 0 was for \/user\/9999/);
  });
});
