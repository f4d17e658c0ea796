import assert from "node:assert/strict";
import { test } from "node:test";
import { renderHtml } from "../../report/html/html.ts";
import type { Report } from "../../report/model/report.ts";
import { renderText } from "../../report/text/text.ts";
import { ScenarioError } from "../../scenario/read-scenario.ts";
import { struck, tryApi } from "../testing/api-rig.ts";

const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((a, b) => a + b, 0);

/** The equations that hold in every report. */
function assertExact({ requests, connections, steps = [] }: Report): void {
  assert.ok(requests !== undefined);
  assert.equal(requests.due, requests.sent + requests.unsent);
  assert.equal(requests.sent, requests.ok + requests.failed + requests.unanswered);
  assert.equal(sum(requests.byCause), requests.failed);
  assert.equal(sum(requests.byStatusClass), requests.ok + requests.failed);
  for (const name of ["sent", "ok", "failed", "unsent", "unanswered"] as const) {
    assert.equal(
      steps.reduce((total, step) => total + step[name], 0),
      requests[name],
    );
  }
  assert.equal(connections.planned, connections.opened + connections.refused + connections.notAttempted);
}

test("faults are counted one by one, with their causes", async () => {
  const faults = [
    { kind: "http.truncate", every: 40, bytes: 10 },
    { kind: "http.wrong-json", every: 40, offset: 10 },
    { kind: "http.malformed", every: 40, offset: 20 },
    { kind: "http.status", every: 40, offset: 30, statuses: [{ status: 503, share: 1 }] },
    { kind: "http.delay", ms: 2 },
  ];
  const { report, intervals, account } = await tryApi(
    "rehearsal",
    { users: 8, hold: "2s", shards: 2, checkShare: 1, missShare: 0.1 },
    { faults },
  );
  assertExact(report);
  const all = intervals.at(-1)!.requests!;
  const summary = account.find(({ what }) => what === "summary")!;
  assert.equal(all.sent, summary.requests);
  assert.equal(all.byCause.truncated, struck(account, "http.truncate"));
  assert.equal(all.byCause.malformed, struck(account, "http.malformed"));
  assert.equal(all.byCause.status, struck(account, "http.status"));
  assert.equal(all.byStatusClass["5xx"], struck(account, "http.status"));
  // Of the truncated responses, those for missing users have no body to check.
  const wrong = struck(account, "http.wrong-json");
  assert.ok(all.byCause["wrong-body"]! <= wrong && all.byCause["wrong-body"]! > wrong * 0.7);
  assert.equal(report.verdict, "fail");
  assert.equal(report.pushes, null);
  assert.ok(renderText(report).includes("truncated"));
  assert.ok(renderHtml(report, intervals).includes("Requests over time"));
});

test("a sweep has a step for each number of users, each with its own figures", async () => {
  const { report } = await tryApi(
    "rehearsal",
    { users: undefined, sweep: [2, 8, 4], hold: "700ms", shards: 2 },
    { faults: [{ kind: "http.delay", ms: 10 }] },
  );
  assertExact(report);
  assert.deepEqual(
    report.steps!.map(({ users, heldMs }) => [users, heldMs]),
    [
      [2, 700],
      [8, 700],
      [4, 700],
    ],
  );
  const [two, eight, four] = report.steps!.map(({ qps }) => qps);
  assert.ok(
    two! > 100 && two! <= 200 && eight! > 2.5 * two! && four! < eight! && four! > two!,
    JSON.stringify([two, eight, four]),
  );
  assert.equal(report.qps, eight);
  assert.deepEqual([report.connections.planned, report.connections.closedUnexpectedly], [8, 0]);
});

test("connections the target closes after a response are reopened, and nothing is counted twice", async () => {
  const { report, intervals, account } = await tryApi(
    "rehearsal",
    { users: 5 },
    {
      faults: [
        { kind: "http.close-after", requests: 20 },
        { kind: "http.delay", ms: 1 },
      ],
    },
  );
  assertExact(report);
  assert.ok(report.connections.reconnects.opened > 5);
  // The close is unannounced: the target never saw a request sent at the same time.
  const all = intervals.at(-1)!.requests!;
  assert.equal(
    all.sent - (all.byCause["connection-closed"] ?? 0),
    account.find(({ what }) => what === "summary")!.requests,
  );
});

test("requests without a timely response fail by timeout, and chunked, pipelined responses are correct", async () => {
  const faults = [
    { kind: "http.chunked", bytesPerChunk: 7 },
    { kind: "http.delay", every: 500, offset: 499, ms: 3000 },
  ];
  const { report } = await tryApi(
    "rehearsal",
    { pipelining: 4, checkShare: 0.5, timeouts: { request: "400ms" } },
    { faults },
  );
  assertExact(report);
  const { byCause, ok } = report.requests!;
  assert.ok(ok > 500 && byCause.timeout! > 0);
  assert.deepEqual(
    Object.keys(byCause).filter((cause) => cause !== "timeout" && cause !== "connection-closed"),
    [],
  );
});

test("an interrupted run reports what it has", async () => {
  const stop = new AbortController();
  const observer = {
    snapshot: ({ interval }: { interval: { phase: string; requests?: { ok: number } } }) =>
      interval.phase === "hold" && stop.abort(),
  };
  const { report } = await tryApi(
    "rehearsal",
    { hold: "60s" },
    { signal: stop.signal, observer: observer as never, faults: [{ kind: "http.delay", ms: 20 }] },
  );
  assertExact(report);
  assert.equal(report.state, "interrupted");
  assert.ok(report.requests!.ok > 0 && report.qps! > 0);
});

test("a scenario with two loads is rejected", async () => {
  await assert.rejects(tryApi("rehearsal", { sweep: [1, 2], rate: 5 }), ScenarioError);
});
