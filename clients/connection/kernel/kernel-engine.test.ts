import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { describe, test } from "node:test";
import { promisify } from "node:util";
import { nowNs } from "../../measure/clock.ts";
import { ownStamp, sharedStamp } from "../engine.ts";
import { EngineTrial, localEndpoint, trialOptions } from "../testing/engine-trial.ts";
import { RawServer } from "../testing/raw-server.ts";
import { serverFrame } from "../testing/websocket-corpus.ts";

const run = promisify(execFile);
const openDescriptors = (): number => readdirSync("/proc/self/fd").length;

/** Blocks this process's only thread: the peer in the kernel continues, we do not. */
function block(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

async function openOne(more: Parameters<typeof trialOptions>[2] = {}) {
  const server = await RawServer.upgrading();
  const trial = await EngineTrial.make("kernel", trialOptions("websocket", [localEndpoint(server.port)], more));
  trial.engine.open(0);
  await trial.saw("opened");
  return { server, trial, peer: server.peers[0]! };
}

/** Sends, and does not read until long after the bytes are in the kernel; returns the time of the write. */
function sendUnread(server: RawServer, bytes: Buffer[]): number {
  const writtenNs = nowNs();
  // A write on a writable socket reaches the kernel before it returns.
  for (const piece of bytes) server.peers[0]!.socket.write(piece);
  block(50);
  return writtenNs;
}

describe("kernel engine", { skip: process.platform !== "linux" }, () => {
  test("the stamp is the kernel's: close to the send, not to a late read", async () => {
    const { server, trial } = await openOne();
    // The kernel enables stamping some milliseconds after the first request.
    block(20);
    const writtenNs = sendUnread(server, [serverFrame(2, "x")]);
    const { atNs, readNs, stamp } = await trial.saw("message");
    assert.equal(stamp, ownStamp);
    assert.equal(trial.engine.counts.unstampedReads, 0);
    assert.ok(readNs - atNs >= 40e6, `read ${readNs - atNs} ns after the stamp`);
    assert.ok(atNs - writtenNs >= -50_000, `stamped ${writtenNs - atNs} ns before the send`);
    assert.ok(atNs - writtenNs < readNs - atNs, `stamped ${atNs - writtenNs} ns after the send`);
    trial.engine.dispose();
    await server.close();
  });

  test("messages of one read share its stamp, and are counted; only the last owns it", async () => {
    const { server, trial } = await openOne();
    block(20);
    sendUnread(server, [serverFrame(2, "a"), serverFrame(2, "b"), serverFrame(2, "c")]);
    await trial.saw("message", 0, 3);
    assert.deepEqual(
      trial.of("message").map(({ stamp }) => stamp),
      [sharedStamp, sharedStamp, ownStamp],
    );
    assert.equal(trial.engine.counts.sharedStamps, 2);
    assert.equal(new Set(trial.of("message").map(({ atNs }) => atNs)).size, 1);
    trial.engine.dispose();
    await server.close();
  });

  test("an end of stream that arrives before the bytes are read is detected, although both are one edge", async () => {
    const { server, trial, peer } = await openOne();
    peer.socket.write(serverFrame(2, "last"));
    peer.socket.end();
    block(50);
    assert.equal((await trial.saw("closed")).cause, "eof");
    assert.equal(trial.of("message")[0]?.bytes.toString(), "last");
    trial.engine.dispose();
    await server.close();
  });

  test("more data than one turn may read is read to its end, although no further edge is triggered", async () => {
    const { server, trial } = await openOne({ maxMessageBytes: 8_000_000 });
    const payload = Buffer.alloc(4_000_000, "push");
    sendUnread(server, [serverFrame(2, payload)]);
    assert.deepEqual((await trial.saw("message")).bytes, payload);
    sendUnread(server, [serverFrame(2, "next")]);
    assert.equal((await trial.saw("message", 0, 2)).bytes.toString(), "next");
    trial.engine.dispose();
    await server.close();
  });

  test("a turn before something that is due soon takes part of a burst, and any other all of it", async () => {
    const slots = 200;
    const server = await RawServer.upgrading();
    const trial = await EngineTrial.make("kernel", trialOptions("websocket", [localEndpoint(server.port)], { slots }));
    for (let slot = 0; slot < slots; slot++) trial.engine.open(slot);
    await trial.until(() => trial.of("opened").length === slots, "all of them open");
    async function readInOneTurn(waitMs: number): Promise<number> {
      for (const { socket } of server.peers) socket.write(serverFrame(2, "x"));
      block(50);
      const before = trial.of("message").length;
      await trial.engine.turn(waitMs);
      return trial.of("message").length - before;
    }
    assert.equal(await readInOneTurn(1), 64);
    await trial.until(() => trial.of("message").length === slots, "the rest of the burst");
    assert.equal(await readInOneTurn(100), slots);
    trial.engine.dispose();
    await server.close();
  });

  test("the clock offset is stable, and re-reading it is not a jump", async () => {
    const { server, trial } = await openOne();
    for (let i = 0; i < 5; i++) trial.engine.syncClock();
    const { seconds, nanoseconds } = trial.engine.offset;
    const realtimeMs = seconds * 1000 + nanoseconds / 1e6 + nowNs() / 1e6;
    assert.ok(Math.abs(realtimeMs - Date.now()) < 1000);
    assert.equal(trial.engine.counts.clockJumps, 0);
    trial.engine.dispose();
    await server.close();
  });

  test("a slow slot reads only what it is told to, and socket state shows what is waiting", async () => {
    const { server, trial, peer } = await openOne({ slowSlots: 1, slowReceiveBufferBytes: 8192 });
    const frame = serverFrame(2, Buffer.alloc(500));
    sendUnread(server, [Buffer.concat(Array.from({ length: 8 }, () => frame))]);
    for (let i = 0; i < 5; i++) await trial.engine.turn(1);
    assert.equal(trial.of("message").length, 0);
    const before = trial.engine.evidence(0);
    assert.ok(before !== null && before.unreadBytes > 0, JSON.stringify(before));
    trial.engine.readSome(0, 0);
    trial.engine.readSome(0, 0.5);
    trial.engine.readSome(0, frame.length);
    assert.equal(trial.of("message").length, 1);
    const after = trial.engine.evidence(0);
    assert.equal(before.unreadBytes - after!.unreadBytes, frame.length);
    peer.socket.end();
    await trial.until(() => {
      trial.engine.readSome(0, 1000);
      return trial.of("closed").length === 1;
    }, "the end of the stream");
    assert.equal(trial.of("message").length, 8);
    assert.equal(trial.of("closed")[0]?.cause, "eof");
    trial.engine.dispose();
    await server.close();
  });

  test("a slow slot stays slow after queued bytes were sent, and detects a reset", async () => {
    const { server, trial, peer } = await openOne({ slowSlots: 1 });
    peer.socket.pause();
    trial.engine.send(0, Buffer.alloc(8_000_000));
    peer.socket.resume();
    await trial.until(() => peer.received.length >= 8_000_000, "everything at the server");
    sendUnread(server, [serverFrame(2, "x")]);
    for (let i = 0; i < 5; i++) await trial.engine.turn(1);
    assert.equal(trial.of("message").length, 0);
    peer.socket.resetAndDestroy();
    assert.equal((await trial.saw("closed")).cause, "reset");
    trial.engine.dispose();
    await server.close();
  });

  test("socket state is plausible", async () => {
    const { server, trial, peer } = await openOne();
    peer.socket.pause();
    sendUnread(server, [serverFrame(2, Buffer.alloc(1000))]);
    const evidence = trial.engine.evidence(0)!;
    assert.ok(evidence.unreadBytes === 1004, JSON.stringify(evidence));
    assert.ok(
      evidence.bytesReceived > 1004 && evidence.bytesAcked > 100 && evidence.minRttUs >= 0,
      JSON.stringify(evidence),
    );
    assert.deepEqual([evidence.retransmits, evidence.backoff], [0, 0]);
    trial.engine.send(0, Buffer.alloc(8_000_000));
    assert.ok(trial.engine.evidence(0)!.unsentBytes > 0);
    trial.engine.close(0, "rst", "planned");
    assert.equal(trial.engine.evidence(0), null);
    trial.engine.dispose();
    await server.close();
  });

  test("a large message to a peer that reads late arrives whole, followed by later messages in order", async () => {
    const { server, trial, peer } = await openOne();
    peer.socket.pause();
    const before = peer.received.length;
    trial.engine.send(0, Buffer.alloc(5_000_000, 0xab));
    for (let i = 0; i < 3; i++) trial.engine.ping(0);
    trial.engine.send(0, Buffer.from("last"));
    trial.engine.close(0, "close-frame", "planned");
    await trial.engine.turn(1);
    peer.socket.resume();
    // Frames: 14 + 5,000,000; pings are omitted while much is queued; 6 + 4; 6 + 2.
    await trial.until(() => peer.received.length - before >= 5_000_014 + 10 + 8, "everything at the server");
    const tail = peer.received.subarray(-18);
    assert.deepEqual([tail[0], tail[10]], [0x81, 0x88]);
    assert.equal(peer.received.length - before, 5_000_014 + 10 + 8);
    trial.engine.dispose();
    await server.close();
  });

  test("pongs are not queued without limit for a peer that does not read them", async () => {
    const { server, trial, peer } = await openOne();
    peer.socket.pause();
    const pings = Buffer.concat(Array.from({ length: 500 }, () => serverFrame(9, Buffer.alloc(125))));
    const before = process.memoryUsage().arrayBuffers;
    let flushed = 0;
    for (let i = 0; i < 400; i++) peer.socket.write(pings, () => flushed++);
    await trial.until(() => flushed === 400, "200,000 pings sent");
    const held = process.memoryUsage().arrayBuffers - before;
    assert.ok(held < 5_000_000, `${held} bytes more`);
    trial.engine.dispose();
    await server.close();
  });

  test("no descriptors leak", async () => {
    const { server, trial } = await openOne({ slots: 50 });
    for (let slot = 1; slot < 50; slot++) trial.engine.open(slot);
    await trial.until(() => trial.of("opened").length === 50, "all open");
    for (let slot = 0; slot < 20; slot++) trial.engine.close(slot, "rst", "planned");
    trial.engine.dispose();
    trial.engine.dispose();
    await server.close();
    const before = openDescriptors();
    const again = await openOne({ slots: 50 });
    again.trial.engine.dispose();
    await again.server.close();
    assert.equal(openDescriptors(), before);
  });

  for (const over of ["tcp", "tls"] as const) {
    test(`thousands of connections over ${over} with constant garbage collection: exact and uncorrupted`, async () => {
      const program = new URL("../testing/collector-child.js", import.meta.url).pathname;
      const connections = over === "tls" ? 500 : 2000;
      const { stdout } = await run(process.execPath, ["--expose-gc", program, String(connections), "4", over]);
      const { opened, messages, bad, closed } = JSON.parse(stdout);
      assert.deepEqual(
        { opened, messages, bad, closed },
        { opened: connections, messages: connections * 4, bad: 0, closed: connections },
      );
    });

    test(`reading 100,000 messages over ${over} allocates nothing permanent`, async () => {
      const program = new URL("../testing/heap-child.js", import.meta.url).pathname;
      const { stdout } = await run(process.execPath, ["--expose-gc", program, over]);
      const { messages, heapGrowth, arrayBuffersGrowth, collections } = JSON.parse(stdout);
      assert.equal(messages, 100_000);
      assert.ok(heapGrowth < 1_000_000, stdout);
      assert.ok(arrayBuffersGrowth < 100_000, stdout);
      assert.ok(collections <= 5, stdout);
    });
  }
});
