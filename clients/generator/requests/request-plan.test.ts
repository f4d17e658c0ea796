import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Endpoint } from "../../connection/engine.ts";
import { buryTally } from "../../measure/bury-tally.ts";
import { requestCauseList } from "../../measure/request-cause.ts";
import { RequestTally } from "../../measure/request-tally.ts";
import { mergeTallies, Tally } from "../../measure/tally.ts";
import { fromWire, toWire } from "../../measure/tally-wire.ts";
import { AnswerCheck } from "./answer-check.ts";
import { Deadlines } from "./deadlines.ts";
import { PreparedRequests } from "./prepared-requests.ts";
import { type ApiPlan, DueTimes, type RequestPlan, StepTimes, stepsMs } from "./request-plan.ts";
import { RequestPool } from "./request-pool.ts";
import { RequestsInFlight } from "./requests-in-flight.ts";

const endpoint: Endpoint = { host: "h", address: "127.0.0.1", family: 4, port: 1, path: "/", tls: false };
const requests: RequestPlan = {
  method: "GET",
  headers: {},
  body: null,
  paths: null,
  userCount: 50,
  missShare: 0.2,
  seed: 1,
};
const apiPlan: ApiPlan = {
  users: [1],
  warmUpMs: 0,
  holdMs: 1000,
  ratePerSecond: null,
  pipelining: 1,
  requestTimeoutMs: 1000,
  requests,
  expect: { status: null, body: "" },
  checkShare: 0,
};

test("every instant of a sweep belongs to at most one step's hold", () => {
  const plan = { users: [10, 20, 30], warmUpMs: 500, holdMs: 1000 };
  const times = new StepTimes(4.75e9, plan);
  assert.equal(stepsMs(plan), 4250);
  assert.equal(times.endNs, 9e9);
  const at = (ms: number): number => times.stepAt(5e9 + ms * 1e6);
  assert.deepEqual(
    [-1, 0, 999, 1000, 1499, 1500, 2499, 2500, 3000, 3999, 4000].map(at),
    [0, 1, 1, 0, 0, 2, 2, 0, 3, 3, 0],
  );
  const users = (ms: number): number => times.usersAt(5e9 + ms * 1e6);
  assert.deepEqual([-100, 0, 999, 1000, 2499, 2500, 9999].map(users), [1, 1, 1, 2, 2, 3, 3]);
});

test("a shard notified after the hold began reports it, unless the ramp is measured too", () => {
  const api = { ...apiPlan, users: [10] };
  const isInTime = (plan: ApiPlan, nowNs: number): boolean => new Deadlines(plan).hold(4.75e9, nowNs);
  assert.deepEqual(
    [isInTime(api, 4.8e9), isInTime(api, 5e9), isInTime(api, 5e9 + 1e6), isInTime({ ...api, measuresRamp: true }, 6e9)],
    [true, true, false, true],
  );
});

test("the shards' due instants add up to the run's", () => {
  const property = fc.property(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 5000 }), (shards, rate) => {
    const all = Array.from({ length: shards }, (_, shard) => new DueTimes(1e9, rate, shard, shards));
    const seconds = 1.5;
    assert.equal(
      all.reduce((sum, due) => sum + due.dueBefore(1e9 + seconds * 1e9), 0),
      Math.ceil(seconds * rate),
    );
    const instants = all
      .flatMap((due) => Array.from({ length: 3 }, () => [due.nextNs, due.taken++][0]!))
      .sort((a, b) => a - b);
    instants.slice(0, shards).forEach((ns, index) => {
      assert.ok(Math.abs(ns - (1e9 + (index * 1e9) / rate)) < 1);
    });
  });
  fc.assert(property, { numRuns: 200 });
});

test("request tallies merge exactly, serialized or not; a dead shard's requests are the generator's losses", () => {
  const counts = fc.array(fc.record({ ok: fc.nat(50), failed: fc.nat(50), unanswered: fc.nat(5), ms: fc.nat(5000) }), {
    minLength: 3,
    maxLength: 3,
  });
  const tallyOf = (steps: { ok: number; failed: number; unanswered: number; ms: number }[]): Tally => {
    const tally = new Tally();
    tally.requests = new RequestTally(2);
    steps.forEach(({ ok, failed, unanswered, ms }, index) => {
      const step = tally.requests!.steps[index]!;
      step.sent = ok + failed + unanswered;
      step.ok = ok;
      step.unanswered = unanswered;
      step.classes[2]! += ok;
      for (let i = 0; i < failed; i++) step.fail(requestCauseList[i % requestCauseList.length]!);
      step.latency.recordUs(ms * 1000, ok + 1);
    });
    return tally;
  };
  const property = fc.property(fc.array(counts, { minLength: 1, maxLength: 4 }), (shards) => {
    const direct = mergeTallies(shards.map(tallyOf)).requests!;
    const wired = mergeTallies(shards.map((steps) => fromWire(JSON.parse(JSON.stringify(toWire(tallyOf(steps)))))))
      .requests!;
    assert.deepEqual(wired.toWire(), direct.toWire());
    const buried = mergeTallies(shards.map(tallyOf));
    buryTally(buried);
    for (const tally of [direct, wired, buried.requests!]) {
      const sum = tally.sum("all");
      assert.equal(sum.sent, sum.ok + sum.failed + sum.unanswered);
      assert.equal(
        sum.causes.reduce((a, b) => a + b),
        sum.failed,
      );
      assert.equal(
        sum.classes.reduce((a, b) => a + b),
        sum.ok + sum.failed,
      );
    }
  });
  fc.assert(property, { numRuns: 50 });
});

test("the pool requests existing users, and missing ones at the specified rate", () => {
  const endpoints = [endpoint, { ...endpoint, port: 2 }];
  const pool = new RequestPool(requests, endpoints.length, 7);
  const writer = new PreparedRequests(requests, pool.paths, endpoints);
  let text = "";
  let block = Buffer.alloc(0);
  writer.serve({
    pin: (bytes) => {
      block = Buffer.from(bytes);
      return 0;
    },
    sendPinned: (_slot, _handle, start, end) => {
      text = block.toString("latin1", start, end);
    },
    send: () => assert.fail("expected pinned bytes"),
  });
  let misses = 0;
  const seen = new Set<number>();
  for (let i = 0; i < 10_000; i++) {
    const request = pool.next(1);
    writer.write(1, request);
    const id = Number(/^GET \/user\/(\d+) HTTP\/1\.1\r\nhost: h:2\r\n\r\n$/.exec(text)?.[1]);
    const user = pool.userOf(request);
    if (user < 0) misses++;
    else seen.add(user);
    assert.ok(user < 0 ? id > 1e10 : id === user);
  }
  assert.equal(seen.size, 50);
  assert.ok(Math.abs(misses / 10_000 - 0.2) < 0.02);
  const again = new RequestPool(requests, 1, 7);
  const first = new RequestPool(requests, 1, 7);
  assert.deepEqual(
    Array.from({ length: 50 }, () => first.next(0)),
    Array.from({ length: 50 }, () => again.next(0)),
  );
});

test("requests in flight are removed in the order they were sent", () => {
  const inFlight = new RequestsInFlight(2, 3);
  for (let i = 0; i < 3; i++) inFlight.push(1, 10 + i, 20 + i, i, 100 + i, i === 1);
  assert.equal(inFlight.oldestSentNs(1), 20);
  for (let i = 0; i < 9; i++) {
    assert.ok(inFlight.shift(1));
    assert.deepEqual([inFlight.fromNs, inFlight.request, inFlight.isChecked], [10 + i, 100 + i, i === 1]);
    inFlight.push(1, 13 + i, 23 + i, 0, 103 + i, false);
  }
  assert.deepEqual([inFlight.total, inFlight.count[1], inFlight.shift(0)], [3, 3, false]);
});

test("the status of every response and the body of a sample are checked", () => {
  const check = (status: number[] | null, body: string): AnswerCheck =>
    new AnswerCheck({ expect: { status, body }, checkShare: 1 });
  const right = (rule: string, text: string, user = 0): boolean =>
    check(null, rule).isBodyRight(Buffer.from(text), 0, text.length, user);
  assert.deepEqual(
    [200, 304, 404, 500].map((status) => check(null, "none").isStatusRight(status, 0)),
    [true, true, false, false],
  );
  assert.deepEqual(
    [200, 404].map((status) => check(null, "none").isStatusRight(status, -1)),
    [false, true],
  );
  assert.deepEqual(
    [200, 418].map((status) => check([418], "none").isStatusRight(status, 5)),
    [false, true],
  );
  assert.deepEqual(
    [right("json", "{}"), right("json", "{"), right("user", '{"id":5}', 5), right("user", '{"id":6}', 5)],
    [true, false, true, false],
  );
  assert.deepEqual(
    [right("contains:b:c", "ab:cd"), right("contains:x", "abc"), right("equals:a", "a"), right("equals:a", "ab")],
    [true, false, true, false],
  );
});
