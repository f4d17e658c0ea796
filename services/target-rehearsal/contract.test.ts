import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { of, Rig, readPush, ticksSum, until, upgradeText } from "./testing/rig.ts";

const isSteady = (ticks: readonly number[]): boolean =>
  ticks.every((tick, at) => at === 0 || tick === ticks[at - 1]! + 1);

describe("the contract without faults", () => {
  it("gives a WebSocket every tick due after its registration, exactly aligned", async () => {
    const rig = await Rig.start("");
    const listeners = await rig.open(5, "intervalMs=40&bytes=64&group=9");
    await until(() => listeners.every((each) => each.pushes.length >= 5), "five pushes each");
    const facts = await rig.account();
    for (const [at, listener] of listeners.entries()) {
      const opened = of(facts, "opened")[at]!;
      assert.equal(listener.ticks[0], opened.firstTick);
      assert(isSteady(listener.ticks));
      assert(
        listener.pushes.every(
          (push) =>
            push.holds &&
            push.clock === 1 &&
            push.dueNs === BigInt(push.tick) * 40_000_000n &&
            push.writtenNs >= push.dueNs,
        ),
      );
      assert.equal(listener.closeCode, 1001);
    }
    const received = listeners.reduce((sum, each) => sum + each.pushes.length, 0);
    assert.equal(ticksSum(facts, "written"), received);
    assert.equal(ticksSum(facts, "connections"), received);
    assert.deepEqual(
      of(facts, "closed").map((fact) => [fact.by, fact.cause, fact.code]),
      listeners.map(() => ["server", "close-frame", 1001]),
    );
    assert.equal(of(facts, "summary").length, 1);
  });

  it("spreads connections over slots of 10 ms on request", async () => {
    const rig = await Rig.start("");
    const listeners = await rig.open(6, "intervalMs=60&timing=spread&written=0");
    await until(() => listeners.every((each) => each.pushes.length >= 2), "two pushes each");
    const facts = await rig.account();
    for (const [at, { pushes }] of listeners.entries()) {
      const slot = of(facts, "opened")[at]!.slot as number;
      assert(
        pushes.every(
          (push) =>
            push.writtenNs === 0n && push.dueNs === BigInt(push.tick) * 60_000_000n + BigInt(slot) * 10_000_000n,
        ),
      );
    }
    assert.equal(new Set(of(facts, "opened").map((fact) => fact.slot)).size, 6);
  });

  it("pushes over server-sent events", async () => {
    const rig = await Rig.start("");
    const client = rig.raw("GET /events?intervalMs=30 HTTP/1.1\r\nhost: x\r\n\r\n");
    await until(() => client.text.split("data: ").length > 3, "three events");
    const facts = await rig.account();
    assert.match(client.text, /^HTTP\/1\.1 200 OK\r\ncontent-type: text\/event-stream\r\n/);
    const events = [...client.text.matchAll(/data: ([\w-]+)\n\n/g)].map((match) =>
      readPush(Buffer.from(match[1]!, "base64url")),
    );
    assert(events.every((push) => push.holds && push.writtenNs >= push.dueNs));
    assert(isSteady(events.map((push) => push.tick)));
    assert.equal(of(facts, "opened")[0]!.protocol, "sse");
  });

  it("pushes over raw TCP, and closes on a bad line", async () => {
    const rig = await Rig.start("");
    const client = rig.raw("intervalMs=30&bytes=40\n", rig.tcpPort);
    const bad = rig.raw("intervalMs=1\n", rig.tcpPort);
    await until(() => client.bytes.length >= 4 + 2 * 44 && bad.hasEnded, "two messages, and an end");
    await rig.account();
    assert.equal(client.bytes.readUInt32BE(0), 0);
    assert.equal(client.bytes.readUInt32BE(4), 40);
    assert(readPush(client.bytes.subarray(8, 48)).holds && readPush(client.bytes.subarray(52, 92)).holds);
    assert.equal(bad.bytes.length, 0);
  });
});

describe("the contract beside the pushes", () => {
  it("answers pings, and records what clients do", async () => {
    const rig = await Rig.start("");
    const [one, two, three] = await rig.open(3, "intervalMs=3600000");
    one!.socket.ping("hello");
    await until(() => one!.pongs === 1, "a pong");
    one!.socket.close(4001);
    two!.socket.terminate();
    (three!.socket as unknown as { _socket: { resetAndDestroy(): void } })._socket.resetAndDestroy();
    await until(() => rig.server.totals.open === 0 && one!.closeCode !== null, "all closed");
    const facts = await rig.account();
    assert.equal(one!.closeCode, 4001);
    assert.deepEqual(
      new Map(of(facts, "closed").map((fact) => [fact.conn, [fact.by, fact.cause, fact.code]])),
      new Map([
        [0, ["client", "close-frame", 4001]],
        [1, ["client", "eof", undefined]],
        [2, ["client", "reset", undefined]],
      ]),
    );
  });

  it("responds with 400 and the field, and with 426 to a request without an upgrade", async () => {
    const rig = await Rig.start("");
    const url = `http://127.0.0.1:${rig.port}`;
    const bad = await fetch(`${url}/push?intervalMs=0`);
    assert.deepEqual([bad.status, await bad.json()], [400, { error: 'intervalMs: expected 10 to 3600000, got "0"' }]);
    for (const query of ["bytes=31", "timing=maybe", "group=4294967296", "written=2", "intervalMs=1e3"])
      assert.equal((await fetch(`${url}/push?${query}`)).status, 400);
    assert.equal((await fetch(`${url}/push`)).status, 426);
    await rig.account();
  });

  it("serves the other endpoints", async () => {
    const rig = await Rig.start("");
    const url = `http://127.0.0.1:${rig.port}`;
    const health = (await (await fetch(`${url}/healthz`)).json()) as {
      status: string;
      name: string;
      settings: Record<string, unknown>;
    };
    assert.deepEqual([health.status, health.name], ["ok", "rehearsal"]);
    assert(Object.values(health.settings).every((value) => ["string", "number", "boolean"].includes(typeof value)));
    const before = process.hrtime.bigint();
    const clock = (await (await fetch(`${url}/clock`)).json()) as { monotonicNs: string; realtimeNs: string };
    assert(BigInt(clock.monotonicNs) > before && BigInt(clock.monotonicNs) < process.hrtime.bigint());
    assert(Math.abs(Number(BigInt(clock.realtimeNs) / 1_000_000n) - Date.now()) < 1000);
    assert.match(await (await fetch(`${url}/metrics`)).text(), /^target_connections\{protocol="websocket"\} 0$/m);
    const user = await (await fetch(`${url}/user/7`)).text();
    assert.equal(user, await (await fetch(`${url}/user/7`)).text());
    assert.equal((JSON.parse(user) as { id: number }).id, 7);
    const nobody = await fetch(`${url}/user/x`);
    assert.deepEqual([nobody.status, await nobody.json()], [404, { error: "user not found" }]);
    await rig.account();
  });

  it("reads frames that arrived with the upgrade request", async () => {
    const rig = await Rig.start("");
    const client = rig.raw(`${upgradeText("intervalMs=3600000")}\x89\x80\x01\x02\x03\x04`);
    await until(() => client.bytes.includes(Buffer.from([0x8a, 0])), "a pong");
    assert.match(client.text, /sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/);
    await rig.account();
  });
});
