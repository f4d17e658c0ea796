import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { of, Rig, ticksSum, until, upgradeText } from "../testing/rig.ts";

const refusals = (facts: Parameters<typeof of>[0]): unknown[] =>
  of(facts, "refused").map((fact) => [fact.attempt, fact.cause, fact.status]);

describe("upgrade faults", () => {
  it("reject with status and headers, and record it in the account", async () => {
    const rig = await Rig.start(
      "faults: [{ kind: upgrade.reject, connections: [0], status: 503, retryAfterSeconds: 7 }, { kind: upgrade.reject, connections: [1], status: 302, location: /x }]",
    );
    const busy = rig.raw(upgradeText(""));
    await until(() => busy.hasEnded, "an answer and an end");
    const moved = rig.raw(upgradeText(""));
    await until(() => moved.hasEnded, "an answer and an end");
    const [open] = await rig.open(1);
    assert(open!.isOpen);
    const facts = await rig.account();
    assert.match(busy.text, /^HTTP\/1\.1 503 Service Unavailable\r\nretry-after: 7\r\n/);
    assert.match(moved.text, /^HTTP\/1\.1 302 Found\r\nlocation: \/x\r\n/);
    assert.deepEqual(refusals(facts), [
      [0, "upgrade-rejected", 503],
      [1, "upgrade-rejected", 302],
    ]);
    assert.equal(of(facts, "opened")[0]!.attempt, 2);
  });

  it("stall never responds; not-http, close-during and bad-accept respond incorrectly", async () => {
    const rig = await Rig.start(
      "faults: [{ kind: upgrade.stall, connections: [0] }, { kind: upgrade.not-http, connections: [1] }, { kind: upgrade.close-during, connections: [2] }, { kind: upgrade.close-during, connections: [3], ending: rst }, { kind: upgrade.bad-accept, connections: [4] }]",
    );
    const stalled = rig.raw(upgradeText(""));
    await until(() => rig.server.totals.attempts === 1, "the first attempt");
    const garbage = rig.raw(upgradeText(""));
    await until(() => garbage.hasEnded, "garbage and an end");
    const cut = rig.raw(upgradeText(""));
    await until(() => cut.hasEnded, "half an answer and an end");
    const reset = rig.raw(upgradeText(""));
    await until(() => reset.error !== "", "a reset");
    const [wrong] = await rig.open(1);
    assert.match(wrong!.error, /Sec-WebSocket-Accept/);
    assert.equal(stalled.bytes.length, 0);
    assert.equal(garbage.bytes[0], 0xff);
    assert.equal(cut.text, "HTTP/1.1 101 Switchi");
    assert.equal(reset.error, "ECONNRESET");
    assert.deepEqual(
      refusals(await rig.account()).map((refusal) => (refusal as string[])[1]),
      ["upgrade-timeout", ...new Array(4).fill("upgrade-invalid")],
    );
  });

  it("slow and glued ones open and get their pushes", async () => {
    const rig = await Rig.start(
      "faults: [{ kind: upgrade.slow, connections: [0], msPerByte: 0.5 }, { kind: upgrade.glued, connections: [1] }]",
    );
    const listeners = await rig.open(2);
    await until(() => listeners.every((each) => each.pushes.length >= 2), "two pushes each");
    const facts = await rig.account();
    assert.deepEqual(
      listeners.map((each) => each.ticks[0]),
      of(facts, "opened").map((fact) => fact.firstTick),
    );
    assert.equal(ticksSum(facts, "written"), listeners[0]!.pushes.length + listeners[1]!.pushes.length);
  });
});

describe("life faults", () => {
  it("close, FIN and RST end exactly the chosen connections, with the client's causes", async () => {
    const at = "at: { whenOpen: 6, afterMs: 20 }";
    const rig = await Rig.start(
      `faults: [{ kind: life.close, every: 3, code: 1012, reason: restart, ${at} }, { kind: life.fin, every: 3, offset: 1, ${at} }, { kind: life.rst, connections: [2], ${at} }]`,
    );
    const listeners = await rig.open(6);
    await until(() => listeners.filter((each) => each.closeCode !== null).length === 5, "five ended");
    assert.deepEqual(
      listeners.map((each) => each.closeCode),
      [1012, 1006, 1006, 1012, 1006, null],
    );
    assert.match(listeners[2]!.error, /ECONNRESET/);
    const closed = of(await rig.account(), "closed").sort(
      (one, other) => (one.conn as number) - (other.conn as number),
    );
    assert.deepEqual(
      closed.map((fact) => [fact.cause, fact.code]),
      [
        ["close-frame", 1012],
        ["eof", undefined],
        ["reset", undefined],
        ["close-frame", 1012],
        ["eof", undefined],
        ["close-frame", 1001],
      ],
    );
    assert(closed.every((fact) => fact.by === "server"));
  });

  it("occur in waves, each recorded with the number of affected connections", async () => {
    const rig = await Rig.start(
      "seed: 3\nfaults: [{ kind: life.rst, share: 0.5, at: { whenOpen: 8, repeatMs: 30, times: 2 } }]",
    );
    await rig.open(8);
    await until(() => rig.server.totals.open < 8, "a first wave");
    await new Promise((resolve) => setTimeout(resolve, 90));
    const facts = await rig.account();
    const waves = of(facts, "wave");
    assert.equal(waves.length, 2);
    assert.equal(
      waves.reduce((sum, fact) => sum + (fact.struck as number), 0),
      of(facts, "closed").filter((fact) => fact.cause === "reset").length,
    );
  });

  it("half-open: becomes silent, with every due push accounted for", async () => {
    const rig = await Rig.start(
      "faults: [{ kind: life.half-open, connections: [0], at: { whenOpen: 2, afterMs: 60 } }]",
    );
    const [silent, other] = await rig.open(2);
    await until(() => rig.server.totals.pushes.silent >= 3, "three pushes not written");
    silent!.socket.ping();
    other!.socket.ping();
    await until(() => other!.pongs === 1, "the other's pong");
    const facts = await rig.account();
    assert.equal(silent!.pongs, 0);
    assert.equal(of(facts, "half-open")[0]!.lastTick, silent!.ticks.at(-1));
    assert.equal(ticksSum(facts, "written"), silent!.pushes.length + other!.pushes.length);
    assert.equal(ticksSum(facts, "written") + ticksSum(facts, "silent"), ticksSum(facts, "connections"));
  });

  for (const [violation, sentence] of [
    ["reserved-bits", /RSV/],
    ["bad-opcode", /invalid opcode/],
    ["masked-frame", /MASK/],
    ["oversized-length", /payload length|Max payload/],
  ] as const) {
    it(`protocol-error ${violation} is rejected by an independent client`, async () => {
      const rig = await Rig.start(
        `faults: [{ kind: life.protocol-error, violation: ${violation}, at: { whenOpen: 1, afterMs: 10 } }]`,
      );
      const [listener] = await rig.open(1);
      await until(() => listener!.error !== "", "an error");
      assert.match(listener!.error, sentence);
      const closed = of(await rig.account(), "closed");
      assert.deepEqual(
        closed.map((fact) => [fact.by, fact.cause, fact.why]),
        [["server", "protocol-error", violation]],
      );
    });
  }
});

describe("leaks", () => {
  it("leak: allocates as much as it records", async () => {
    const rig = await Rig.start("faults: [{ kind: life.leak, bytesPerPush: 1000, bytesPerConnect: 100000 }]");
    await rig.open(2);
    await until(() => rig.server.totals.pushes.written >= 4, "four pushes");
    const { pushes, leakedBytes } = rig.server.totals;
    assert.equal(leakedBytes, 200_000 + 1000 * pushes.due);
    assert.equal(of(await rig.account(), "leak").at(-1)!.leakedBytes, rig.server.totals.leakedBytes);
  });
});

describe("ping faults", () => {
  it("ignores or delays pongs, and sends pings", async () => {
    const rig = await Rig.start(
      "faults: [{ kind: ping.ignore, connections: [0] }, { kind: ping.pong-delay, connections: [1], ms: 25 }, { kind: ping.server-pings, everyMs: 15, connections: [2] }]",
    );
    const [ignored, delayed, pinged] = await rig.open(3, "intervalMs=3600000");
    ignored!.socket.ping();
    const sentAt = performance.now();
    delayed!.socket.ping();
    await until(() => delayed!.pongs === 1 && pinged!.pings >= 2, "a pong and two pings");
    assert(performance.now() - sentAt >= 24);
    await until(() => rig.server.totals.pings.pongsReceived >= 2, "two pongs back");
    const facts = await rig.account();
    assert.equal(ignored!.pongs, 0);
    assert.deepEqual([of(facts, "ping-ignored")[0]!.conn, of(facts, "pong-delayed")[0]!.conn], [0, 1]);
    assert(of(facts, "pings-sent").length >= 2);
  });
});
