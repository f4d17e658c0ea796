import assert from "node:assert/strict";
import { test } from "node:test";
import { limitsInForce, parseLimit } from "../../../scenario/limit.ts";
import type { Measured } from "./measured.ts";
import { judge, judgeSoFar } from "./verdict.ts";

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
    usage: {
      target: null,
      generator: { rssMiB: { steady: 1, peak: 1 }, cpu: { mean: 0, peak: 0 }, fds: 1, bytesPerConnection: 400 },
    },
    trust: {
      shards: 1,
      unstampedReads: 0,
      sharedStamps: 0,
      reads: 1000,
      loopDelayMaxMs: 5,
      clockJumps: 0,
      gapP99Ms: 0.5,
    },
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

test("what was late on a machine that others filled says nothing of the target; what was lost does", () => {
  const starved = (share: number | null, lost = 0): Measured =>
    clean((m) => {
      Object.assign(m.trust, { starvedShare: share });
      Object.assign(m.pushes!, { received: 1000 - lost, lost });
    });
  const late = ["pushLatencyMs.p99 <= 9.9"];
  const failed = { verdict: "fail", codes: ["limit-missed"] };
  assert.deepEqual(verdictOf(starved(0.06), late), { verdict: "invalid", codes: ["host-busy", "limit-missed"] });
  assert.deepEqual(verdictOf(starved(0.05), late), failed);
  // Not known: nothing excuses the target.
  assert.deepEqual(verdictOf(starved(null), late), failed);
  assert.deepEqual(verdictOf(starved(1, 100)), failed);
  assert.deepEqual(verdictOf(starved(1)), { verdict: "pass", codes: [] });
});

test("one lost push in a thousand, one unexpected close in a hundred, one refusal fail by default", () => {
  const lost = clean((m) => Object.assign(m.pushes!, { received: 999, lost: 1 }));
  const closed = clean((m) => Object.assign(m.connections, { closedUnexpectedly: 1 }));
  const refused = clean((m) => Object.assign(m.connections, { opened: 99, refused: 1 }));
  for (const measured of [lost, closed, refused])
    assert.deepEqual(verdictOf(measured), { verdict: "fail", codes: ["limit-missed"] });
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

test("load that was planned and not applied is never a pass, unless the target died of it", () => {
  const short = (m: Measured): unknown => Object.assign(m.connections, { attempted: 50, opened: 50, notAttempted: 50 });
  assert.deepEqual(verdictOf(clean(short)), { verdict: "invalid", codes: ["load-not-applied"] });
  const dead = clean((m) => {
    short(m);
    Object.assign(m.connections, { byCause: { "target-died": 50 }, closedUnexpectedly: 50 });
  });
  assert.equal(verdictOf(dead).verdict, "fail");
  const idle = clean((m) =>
    Object.assign(m, { unapplied: [{ code: "nothing-measured", text: "no request was measured" }] }),
  );
  assert.deepEqual(verdictOf(idle), { verdict: "invalid", codes: ["nothing-measured"] });
});

test("a shard that died before it had a connection makes the run invalid", () => {
  assert.deepEqual(verdictOf(clean((m) => Object.assign(m.trust, { shardsDied: 1 }))), {
    verdict: "invalid",
    codes: ["generator-died"],
  });
});

test("a target whose process ended in the drain has died, although no connection was lost to it", () => {
  assert.deepEqual(verdictOf(clean((m) => Object.assign(m, { replicasEnded: 1 }))), {
    verdict: "fail",
    codes: ["target-died"],
  });
});

test("a run that was stopped, or goes on, has no verdict; what was missed until then is said of the one that was stopped", () => {
  const limits = limitsInForce([]);
  const short = clean((m) => Object.assign(m.connections, { attempted: 50, opened: 49, refused: 1, notAttempted: 50 }));
  const stopped = judgeSoFar("interrupted", short, limits, new Set());
  assert.equal(stopped.verdict, null);
  assert.deepEqual(
    stopped.reasons.map(({ code }) => code),
    ["limit-missed"],
  );
  assert.deepEqual(
    { ...judgeSoFar("running", short, limits, new Set()), limits: [] },
    { verdict: null, reasons: [], limits: [] },
  );
  assert.equal(judgeSoFar("finished", clean(), limits, new Set()).verdict, "pass");
});

const stamps = (part: Partial<NonNullable<Measured["stamp"]>>) =>
  clean((m) => Object.assign(m, { stamp: { named: "json:at", messages: 9, carried: 9, seen: "", ...part } }));

test("a stamp that was in no message makes the run invalid, with the message that came", () => {
  assert.equal(verdictOf(stamps({})).verdict, "pass");
  const measured = stamps({ carried: 0, seen: '{"sentAt":1}' });
  assert.deepEqual(verdictOf(measured), { verdict: "invalid", codes: ["stamp-not-found"] });
  assert.match(
    judge(measured, [], new Set()).reasons[0]!.text,
    /json:at .* none of 9 messages carried it; the first was \{"sentAt":1\}/,
  );
  assert.match(judge(stamps({ carried: 0, messages: 0 }), [], new Set()).reasons[0]!.text, /no message was received/);
});

test("stamps of the service's own are held to the same share of shared stamps as pushes with a tick", () => {
  const shared = (sharedStamps: number) =>
    verdictOf(
      clean((m) =>
        Object.assign(Object.assign(m, { pushes: null }).trust, { sharedStamps, gapP99Ms: 50, loopDelayMaxMs: 60 }),
      ),
    ).verdict;
  assert.equal(shared(50), "pass");
  assert.equal(shared(51), "invalid");
});

test("a standstill of the generator never counts against the target: where it reaches the p99, lasts a tenth of the run, or explains a missed limit", () => {
  const away = (change: (m: Measured) => void, limits: string[] = []) =>
    verdictOf(
      clean((m) => {
        Object.assign(m, { timing: { rampMs: 5_000, heldMs: 60_000 } });
        Object.assign(m.trust, { loopDelayMaxMs: 2_000 });
        change(m);
      }),
      limits,
    );
  assert.deepEqual(
    away(() => {}),
    { verdict: "pass", codes: [] },
    "the kernel's stamps bore it",
  );
  assert.deepEqual(away((m) => Object.assign(m.trust, { sharedStamps: 11 })).codes, ["generator-away"]);
  assert.deepEqual(away((m) => Object.assign(m.trust, { loopDelayMaxMs: 15_000 })).codes, ["generator-away"]);
  assert.deepEqual(
    away(() => {}, ["pushLatencyMs.p99 <= 9"]),
    { verdict: "invalid", codes: ["generator-away", "limit-missed"] },
  );
  assert.deepEqual(away((m) => Object.assign(m.pushes!, { late: 500 })).verdict, "invalid");
  assert.deepEqual(
    away(() => {}, ["targetFds <= 1"]).codes,
    ["not-measured"],
    "what a standstill does not touch is not excused by it",
  );
});

test("one push in a hundred may be late; a target that stands still for most of the run fails", () => {
  assert.equal(verdictOf(clean((m) => Object.assign(m.pushes!, { late: 10 }))).verdict, "pass");
  assert.deepEqual(verdictOf(clean((m) => Object.assign(m.pushes!, { late: 750 }))), {
    verdict: "fail",
    codes: ["limit-missed"],
  });
});

test("a limit that was missed by a clock that cannot be ours is no failure of the target; one that holds, holds", () => {
  const behind = clean((m) => {
    Object.assign(m, { pushes: null });
    Object.assign(m.latencyMs, {
      push: { count: 100, p50: 5036, p90: 5040, p99: 5050, p999: 5060, max: 5070 },
      ping: { ...quantiles, p50: 42 },
    });
  });
  assert.deepEqual(verdictOf(behind, ["pushLatencyMs.p99 <= 100"]), {
    verdict: "invalid",
    codes: ["clock-doubt", "limit-missed"],
  });
  assert.equal(verdictOf(behind, ["pushLatencyMs.p99 <= 6000"]).verdict, "pass");
});

test("a generator that sent late makes the run invalid, and says what it sent", () => {
  const late = (push: boolean): string => {
    const measured = clean((m) => Object.assign(m, { extra: { ownLagP99Ms: 5 } }));
    if (!push) Object.assign(measured, { latencyMs: { request: { ...quantiles } } });
    const { verdict, reasons } = judge(measured, limitsInForce([]), new Set());
    assert.equal(verdict, "invalid");
    return reasons.find(({ code }) => code === "late-sender")?.text ?? "";
  };
  assert.match(late(true), /^the generator published up to 5 ms \(p99\) late/);
  assert.match(late(false), /^the generator sent requests up to 5 ms .* although a connection was free/);
});
