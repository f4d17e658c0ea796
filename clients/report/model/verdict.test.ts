import assert from "node:assert/strict";
import { test } from "node:test";
import { limitsInForce, parseLimit } from "../../scenario/limit.ts";
import { judge, type Measured } from "./verdict.ts";

const quantiles = { count: 1000, p50: 5, p90: 8, p99: 10, p999: 12, max: 15 };

/** A clean run; each test breaks one thing. */
function clean(change: (measured: Measured) => void = () => {}): Measured {
  const measured: Measured = {
    clock: "kernel",
    connections: {
      planned: 100,
      attempted: 100,
      opened: 100,
      refused: 0,
      notAttempted: 0,
      peak: 100,
      closedByPlan: 100,
      closedUnexpectedly: 0,
      byCause: { planned: 100 },
      byCode: {},
      reconnects: { attempted: 0, opened: 0, refused: 0 },
    },
    pushes: { due: 1000, received: 1000, late: 0, lost: 0, duplicated: 0, outOfOrder: 0, corrupted: 0 },
    latencyMs: { push: { ...quantiles }, generatorGap: { ...quantiles, p99: 0.5 } },
    usage: { target: null, generator: { rssMiB: { steady: 1, peak: 1 }, cpu: { mean: 0, peak: 0 }, fds: 1, bytesPerConnection: 400 } },
    trust: { shards: 1, unstampedReads: 0, sharedStamps: 0, reads: 1000, loopDelayMaxMs: 5, clockJumps: 0, gapP99Ms: 0.5 },
    clockFaults: { foreignPushes: 0, missedStarts: 0 },
    target: { name: "go" },
  };
  change(measured);
  return measured;
}

function verdictOf(measured: Measured, limits: string[] = []): { verdict: string; codes: string[] } {
  const own = new Set(limits.map((text) => parseLimit(text).figure));
  const { verdict, reasons } = judge(measured, limitsInForce(limits), own);
  return { verdict, codes: reasons.map(({ code }) => code) };
}

test("a clean run within its limits passes", () => {
  assert.deepEqual(verdictOf(clean(), ["pushLatencyMs.p99 <= 10"]), { verdict: "pass", codes: [] });
});

test("a missed limit fails the run and is named", () => {
  assert.deepEqual(verdictOf(clean(), ["pushLatencyMs.p99 <= 9.9"]), { verdict: "fail", codes: ["limit-missed"] });
});

test("one lost push in a thousand, one unexpected close in a hundred, one refusal fail by default", () => {
  const lost = clean((m) => Object.assign(m.pushes!, { received: 999, lost: 1 }));
  const closed = clean((m) => Object.assign(m.connections, { closedUnexpectedly: 1 }));
  const refused = clean((m) => Object.assign(m.connections, { opened: 99, refused: 1 }));
  for (const measured of [lost, closed, refused]) assert.deepEqual(verdictOf(measured), { verdict: "fail", codes: ["limit-missed"] });
});

test("a target that died or never answered fails with that reason", () => {
  const died = clean((m) => Object.assign(m.connections, { byCause: { "target-died": 100 }, closedUnexpectedly: 100 }));
  assert.deepEqual(verdictOf(died).codes, ["target-died", "limit-missed"]);
  const dead = clean((m) => Object.assign(m.connections, { opened: 0, refused: 100, byCause: { refused: 100 } }));
  assert.ok(verdictOf(dead).codes.includes("target-unreachable"));
});

const breaks: [string, (measured: Measured) => void][] = [
  ["generator-died", (m) => Object.assign(m.connections.byCause, { "generator-died": 1 })],
  ["no-descriptor", (m) => Object.assign(m.connections.byCause, { "no-descriptor": 1 })],
  ["no-local-port", (m) => Object.assign(m.connections.byCause, { "no-local-port": 1 })],
  ["unstamped-reads", (m) => Object.assign(m.trust, { unstampedReads: 11 })],
  ["shared-stamps", (m) => Object.assign(m.trust, { sharedStamps: 51, gapP99Ms: 1.1 })],
  ["clock-jump", (m) => Object.assign(m.trust, { clockJumps: 1 })],
  ["missed-start", (m) => Object.assign(m.clockFaults, { missedStarts: 1 })],
  ["foreign-clock", (m) => Object.assign(m.clockFaults, { foreignPushes: 1 })],
  ["generator-late", (m) => Object.assign(Object.assign(m, { clock: "read" }).trust, { loopDelayMaxMs: 21 })],
];

for (const [code, change] of breaks) {
  test(`${code} makes the run invalid, even when a limit was missed too`, () => {
    assert.equal(verdictOf(clean(change)).verdict, "invalid");
    assert.ok(verdictOf(clean(change)).codes.includes(code));
    assert.equal(verdictOf(clean(change), ["pushLatencyMs.p99 <= 1"]).verdict, "invalid");
  });
}

test("a stall of ours is not excused by the latency that it made itself", () => {
  const stalled = (loopDelayMaxMs: number) =>
    verdictOf(
      clean((m) => {
        m.latencyMs.push!.p99 = 15_000;
        Object.assign(m.trust, { sharedStamps: 90, gapP99Ms: 985, loopDelayMaxMs });
      }),
    );
  assert.deepEqual(stalled(20_000), { verdict: "invalid", codes: ["shared-stamps"] });
  assert.notEqual(stalled(500).verdict, "invalid");
});

test("stamps shared by chance, or a gap that does not matter beside the latency, leave a run valid", () => {
  assert.equal(verdictOf(clean((m) => Object.assign(m.trust, { sharedStamps: 49, gapP99Ms: 50 }))).verdict, "pass");
  assert.equal(verdictOf(clean((m) => Object.assign(m.trust, { sharedStamps: 900, gapP99Ms: 0.9 }))).verdict, "pass");
});

test("a limit on what was not measured makes the run invalid, a default one does not apply", () => {
  const unstamped = clean((m) => Object.assign(m, { pushes: null, latencyMs: { push: null } }));
  assert.deepEqual(verdictOf(unstamped), { verdict: "pass", codes: [] });
  assert.deepEqual(verdictOf(unstamped, ["pushLatencyMs.p99 <= 100"]), { verdict: "invalid", codes: ["not-measured"] });
});
