import assert from "node:assert/strict";
import { test } from "node:test";
import { PushConnection, queuePushes } from "./push-connection.ts";
import { parsePushQuery } from "./push-query.ts";
import { PushStream } from "./push-stream.ts";

const ms = 1e6;

/** Records what it is sent; while `isSlow`, as bytes not accepted by the kernel. */
class RecordingConnection extends PushConnection {
  readonly protocol = "tcp";
  readonly messages: Buffer[] = [];
  readonly copies: Buffer[] = [];
  isSlow = false;
  closedWith = 0;
  #unsentBytes = 0;

  unsentBytes(): number {
    return this.#unsentBytes;
  }
  frameBytes(messageBytes: number): number {
    return messageBytes;
  }
  send(message: Buffer): void {
    this.messages.push(message);
    this.copies.push(Buffer.from(message));
    if (this.isSlow) this.#unsentBytes += message.length;
  }
  close(code: number): void {
    this.closedWith = code;
  }
  destroy(): void {}
}

function streamOf(raw: string, sinceMs: number) {
  const query = parsePushQuery(raw);
  if ("error" in query) throw new Error(query.error);
  const counts = { written: 0, overflows: 0 };
  const stream = new PushStream(query, sinceMs * ms, {
    nowNs: () => 5e9,
    countWritten: (pushes) => (counts.written += pushes),
    countOverflow: () => counts.overflows++,
  });
  const join = (atMs: number) => {
    const connection = new RecordingConnection();
    stream.join(connection, atMs * ms);
    return connection;
  };
  const send = (atMs: number) => {
    while (stream.sendNextDue(atMs * ms));
  };
  return { stream, counts, join, send };
}

function duesMs(connection: RecordingConnection): number[] {
  return connection.copies.map((message) => Number(message.readBigUInt64BE(8)) / ms);
}

test("after a stall every missed tick is sent late with its own due instant, none skipped or merged", () => {
  for (const written of [1, 0]) {
    const { counts, join, send } = streamOf(`intervalMs=10&bytes=40&group=5&written=${written}`, 1000);
    const early = join(1000);
    send(1010);
    const late = join(2005);
    send(3010.5);
    assert.deepEqual(
      duesMs(early),
      Array.from({ length: 201 }, (_, index) => 1010 + 10 * index),
    );
    assert.deepEqual(
      early.copies.map((message) => message.readUInt32BE(4)),
      Array.from({ length: 201 }, (_, index) => 101 + index),
    );
    assert.equal(duesMs(late)[0], 2010);
    assert.equal(late.copies.length, 101);
    assert.ok(early.copies.every((message) => message.readBigUInt64BE(16) === (written ? 5_000_000_000n : 0n)));
    assert.deepEqual(counts, { written: 302, overflows: 0 });
  }
});

test("one call sends one missed tick, so that sockets write in between", () => {
  const { stream, join } = streamOf("intervalMs=10", 0);
  const connection = join(0);
  assert.equal(stream.sendNextDue(35 * ms), true);
  assert.deepEqual(duesMs(connection), [10]);
});

test("a spread sends each slot its own ticks", () => {
  const { join, send } = streamOf("intervalMs=30&timing=spread&bytes=32", 0);
  const connections = [join(0), join(0), join(0)];
  send(80);
  const bySlot = connections.sort((a, b) => a.slot - b.slot).map(duesMs);
  assert.deepEqual(bySlot, [
    [30, 60],
    [10, 40, 70],
    [20, 50, 80],
  ]);
});

test("a full queue closes the connection with 1013 and skips nothing before it", () => {
  const { stream, counts, join, send } = streamOf("intervalMs=10&bytes=32", 0);
  const slow = join(0);
  const healthy = join(0);
  slow.isSlow = true;
  send(10 * (queuePushes + 3));
  assert.equal(slow.closedWith, 1013);
  assert.deepEqual(
    duesMs(slow),
    Array.from({ length: queuePushes }, (_, index) => 10 * (index + 1)),
  );
  assert.equal(healthy.copies.length, queuePushes + 3);
  assert.deepEqual([stream.size, counts.overflows], [1, 1]);
});

test("a message that a socket still holds is not overwritten", () => {
  for (const written of [1, 0]) {
    const { join, send } = streamOf(`intervalMs=10&written=${written}`, 0);
    const slow = join(0);
    join(0);
    slow.isSlow = true;
    send(50);
    assert.deepEqual(slow.messages, slow.copies);
  }
});

test("leaving is idempotent, and does not affect others", () => {
  const { stream, join, send } = streamOf("intervalMs=10", 0);
  const [first, second, third] = [join(0), join(0), join(0)];
  stream.leave(first);
  stream.leave(first);
  send(10);
  assert.deepEqual(
    [first, second, third].map((connection) => connection.copies.length),
    [0, 1, 1],
  );
  assert.deepEqual([...stream.connections()].length, 2);
});
