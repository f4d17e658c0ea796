import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Fact, type Listener, of, Rig, ticksSum, until } from "../testing/rig.ts";

interface Outcome {
  readonly facts: Fact[];
  readonly listeners: Listener[];
  readonly received: number;
}

/** Four connections, at least eight ticks, and the account. */
async function rehearse(faults: string, query = "intervalMs=40"): Promise<Outcome> {
  const rig = await Rig.start(`seed: 5\nfaults: [${faults}]`);
  const listeners = await rig.open(4, query);
  await until(() => rig.server.totals.pushes.ticks >= 8, "eight settled ticks");
  const facts = await rig.account();
  const received = listeners.reduce((sum, each) => sum + each.pushes.length, 0);
  const { due, written, dropped, silent, abandoned } = rig.server.totals.pushes;
  assert.equal(due, written + dropped + silent + abandoned);
  assert.equal(ticksSum(facts, "connections"), due);
  return { facts, listeners, received };
}

/** Connection and tick of each fact of one kind, as `conn:tick`. */
const places = (facts: readonly Fact[], what: string): string[] =>
  of(facts, what).map((fact) => `${fact.conn}:${fact.tick}`);

describe("push faults that lose or add pushes", () => {
  it("drop: exactly the recorded pushes never arrive", async () => {
    const { facts, listeners, received } = await rehearse("{ kind: push.drop, share: 0.3 }");
    const dropped = places(facts, "dropped");
    assert(dropped.length > 0);
    assert.equal(ticksSum(facts, "dropped"), dropped.length);
    assert.equal(ticksSum(facts, "written"), received);
    for (const place of dropped) {
      const [conn, tick] = place.split(":").map(Number);
      assert(!listeners[conn!]!.ticks.includes(tick!));
    }
  });

  it("duplicate: exactly the recorded pushes arrive twice", async () => {
    const { facts, listeners } = await rehearse("{ kind: push.duplicate, every: 3 }");
    const twice = listeners.flatMap(({ ticks }, conn) =>
      ticks.filter((tick, at) => tick === ticks[at - 1]).map((tick) => `${conn}:${tick}`),
    );
    assert(twice.length > 0);
    assert.deepEqual(twice.sort(), places(facts, "duplicated").sort());
  });

  it("reorder: exactly the recorded pushes arrive after the next one", async () => {
    const { facts, listeners } = await rehearse("{ kind: push.reorder, every: 4, offset: 2 }");
    const late = listeners.flatMap(({ ticks }, conn) =>
      ticks.filter((tick, at) => tick < (ticks[at - 1] ?? 0)).map((tick) => `${conn}:${tick}`),
    );
    assert(late.length > 0);
    assert.deepEqual(late.sort(), places(facts, "reordered").sort());
  });

  it("corrupt: exactly the recorded pushes fail their check", async () => {
    const { facts, listeners } = await rehearse("{ kind: push.corrupt, share: 0.3 }");
    const broken = listeners.map(({ pushes }) => pushes.filter((push) => !push.holds).length);
    const accounted = listeners.map((_, conn) => of(facts, "corrupted").filter((fact) => fact.conn === conn).length);
    assert(accounted.some((count) => count > 0));
    assert.deepEqual(broken, accounted);
  });
});

describe("push faults that change when", () => {
  it("delay: each push is written no earlier than due + delay, with its due unchanged", async () => {
    const { facts, listeners } = await rehearse("{ kind: push.delay, ms: 15 }");
    const pushes = listeners.flatMap((each) => each.pushes);
    assert(
      pushes.length > 0 &&
        pushes.every((push) => push.dueNs % 40_000_000n === 0n && push.writtenNs - push.dueNs >= 15_000_000n),
    );
    const settled = of(facts, "tick").filter((fact) => fact.pending === undefined && fact.abandoned === undefined);
    assert(settled.every((fact) => fact.delayed === fact.connections && fact.delayMs === 15));
  });

  it("delay: affects exactly its window of ticks", async () => {
    const { facts } = await rehearse("{ kind: push.delay, ms: 10, at: { fromTick: 2, ticks: 3 } }");
    const delays = of(facts, "tick").map((fact) => fact.delayMs);
    assert.deepEqual(delays.slice(0, 7), [0, 0, 10, 10, 10, 0, 0]);
  });

  it("delay: draws a delay per push from a distribution", async () => {
    const { listeners } = await rehearse(
      "{ kind: push.delay, weighted: [{ ms: 0, weight: 1 }, { ms: 20, weight: 1 }] }",
    );
    const lags = listeners.flatMap((each) => each.pushes.map((push) => Number(push.writtenNs - push.dueNs) / 1e6));
    assert(lags.some((lag) => lag < 20) && lags.some((lag) => lag >= 20));
  });

  it("drift: each tick is later than the previous one", async () => {
    const { facts } = await rehearse("{ kind: push.drift, msPerTick: 2 }");
    assert.deepEqual(
      of(facts, "tick")
        .slice(0, 5)
        .map((fact) => fact.delayMs),
      [0, 2, 4, 6, 8],
    );
  });
});

describe("push faults that change the content", () => {
  it("no-written-stamp leaves it 0 for the chosen connections", async () => {
    const { listeners } = await rehearse("{ kind: push.no-written-stamp, per: connection, every: 2 }");
    for (const [conn, { pushes }] of listeners.entries())
      assert(pushes.every((push) => push.holds && (push.writtenNs === 0n) === (conn % 2 === 0)));
  });

  it("realtime-clock stamps in CLOCK_REALTIME, with its clock field", async () => {
    const { listeners } = await rehearse("{ kind: push.realtime-clock, every: 1 }");
    const nowNs = BigInt(Date.now()) * 1_000_000n;
    for (const push of listeners[0]!.pushes) {
      assert(push.holds && push.clock === 0);
      assert(nowNs - push.dueNs < 10_000_000_000n && push.writtenNs >= push.dueNs - 100_000n);
    }
  });

  it("foreign-clock shifts due, written and /clock alike", async () => {
    const rig = await Rig.start("faults: [{ kind: push.foreign-clock, ms: 3600010 }]");
    const [listener] = await rig.open(1);
    await until(() => listener!.pushes.length >= 2, "two pushes");
    const clock = (await (await fetch(`http://127.0.0.1:${rig.port}/clock`)).json()) as { monotonicNs: string };
    const aheadNs = BigInt(clock.monotonicNs) - process.hrtime.bigint();
    assert(aheadNs > 3_599_000_000_000n && aheadNs <= 3_600_010_000_000n);
    for (const push of listener!.pushes) {
      assert(push.holds && push.dueNs === BigInt(push.tick) * 40_000_000n && push.writtenNs >= push.dueNs);
      assert(push.dueNs > process.hrtime.bigint() + 3_500_000_000_000n);
    }
    await rig.account();
  });

  it("unstamped has no magic number, at the right size", async () => {
    const { listeners, facts } = await rehearse("{ kind: push.unstamped }");
    assert(listeners.every((each) => each.pushes.length > 0 && each.pushes.every((push) => !push.isMarked)));
    assert.equal(ticksSum(facts, "unstamped"), ticksSum(facts, "written"));
  });

  it("fragments, pieces and coalesced writes lose nothing", async () => {
    const faults =
      "{ kind: ping.fragment, connections: [0], per: connection, frames: 3 }, { kind: ping.split-bytes, connections: [1], per: connection, bytes: 3 }, { kind: ping.coalesce, connections: [2], per: connection }";
    const { facts, listeners, received } = await rehearse(faults);
    assert.equal(received, ticksSum(facts, "written"));
    assert.equal(listeners[0]!.pings, 2 * listeners[0]!.pushes.length);
    for (const { pushes, ticks } of listeners) {
      assert(pushes.length > 0 && pushes.every((push) => push.holds));
      assert(ticks.every((tick, at) => at === 0 || tick === ticks[at - 1]! + 1));
    }
    assert(of(facts, "coalesced").length > 0 && ticksSum(facts, "split") > 0);
  });
});

describe("the same script", () => {
  it("affects the same pushes again, by connection order and tick", async () => {
    const run = async (): Promise<string[]> => {
      const { facts } = await rehearse(
        "{ kind: push.drop, share: 0.5, at: { whenOpen: 4, fromTick: 0, ticks: 4 } }",
        "intervalMs=100",
      );
      const first = Math.min(
        ...of(facts, "tick")
          .filter((fact) => fact.connections === 4)
          .map((fact) => fact.tick as number),
      );
      return of(facts, "dropped").map((fact) => `${fact.conn}:${(fact.tick as number) - first}`);
    };
    const [one, other] = [await run(), await run()];
    assert(one.length > 0 && one.length < 16);
    assert.deepEqual(one, other);
  });
});
