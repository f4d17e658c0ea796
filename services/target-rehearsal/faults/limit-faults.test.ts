import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { of, Rig, until, upgradeText } from "../testing/rig.ts";

describe("limits", () => {
  it("drop: connections above it are closed, the others stay", async () => {
    const rig = await Rig.start("faults: [{ kind: limit.drop, above: 2, ending: close, code: 1013 }]");
    const listeners = await rig.open(4);
    await until(() => listeners.filter((each) => each.closeCode !== null).length === 2, "two dropped");
    assert.deepEqual(
      listeners.map((each) => each.closeCode),
      [null, null, 1013, 1013],
    );
    const dropped = of(await rig.account(), "closed").filter((fact) => fact.fault === 0);
    assert.deepEqual(
      dropped.map((fact) => fact.conn),
      [2, 3],
    );
  });

  it("delay: grows with each connection above it", async () => {
    const rig = await Rig.start("faults: [{ kind: limit.delay, above: 2, msPerConnection: 5 }]");
    await rig.open(4);
    const full = rig.server.totals.pushes.ticks;
    await until(() => rig.server.totals.pushes.ticks >= full + 3, "ticks with all open");
    const settled = of(await rig.account(), "tick").filter((fact) => fact.connections === 4);
    assert(settled.length > 0 && settled.every((fact) => fact.delayMs === 10 && fact.delayed === 4));
  });

  it("refuse: with a status or a reset, and open ones stay", async () => {
    const rig = await Rig.start("faults: [{ kind: limit.refuse, above: 2, how: status }]");
    const listeners = await rig.open(3);
    assert.deepEqual(
      listeners.map((each) => each.isOpen),
      [true, true, false],
    );
    assert.match(listeners[2]!.error, /503/);
    const facts = await rig.account();
    assert.deepEqual(
      of(facts, "refused").map((fact) => [fact.attempt, fact.cause, fact.status]),
      [[2, "upgrade-rejected", 503]],
    );
    const other = await Rig.start("faults: [{ kind: limit.refuse, above: 0, how: reset }]");
    const client = other.raw(upgradeText(""));
    await until(() => client.error !== "", "a reset");
    assert.equal(client.error, "ECONNRESET");
    await other.account();
  });

  it("refuse: by not listening, until there is room again", async () => {
    const rig = await Rig.start("faults: [{ kind: limit.refuse, above: 2, how: stop-listening }]");
    const [one] = await rig.open(2);
    const [refused] = await rig.open(1);
    assert.match(refused!.error, /ECONNREFUSED/);
    one!.socket.close();
    await until(() => rig.server.totals.open === 1, "one closed");
    const [again] = await rig.open(1);
    assert(again!.isOpen);
    const facts = await rig.account();
    assert.deepEqual(
      facts.filter((fact) => fact.what.includes("listening")).map((fact) => fact.what),
      ["stopped-listening", "listening-again", "stopped-listening"],
    );
  });

  it("fds: closes connections above it at accept", async () => {
    const rig = await Rig.start("faults: [{ kind: limit.fds, sockets: 2 }]");
    const listeners = await rig.open(3);
    assert.deepEqual(
      listeners.map((each) => each.isOpen),
      [true, true, false],
    );
    assert.equal(of(await rig.account(), "closed-at-accept").length, 1);
  });

  it("queue: a client that does not read is closed with 1013, and no tick is skipped", async () => {
    const rig = await Rig.start("");
    const client = rig.raw(upgradeText("intervalMs=10&bytes=1048576"));
    client.socket.pause();
    await until(() => rig.server.totals.overflows === 1, "an overflow");
    const closed = of(await rig.account(), "closed");
    assert.deepEqual(
      closed.map((fact) => [fact.by, fact.cause, fact.code]),
      [["server", "close-frame", 1013]],
    );
  });
});
