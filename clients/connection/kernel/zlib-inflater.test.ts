import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { constants, createDeflateRaw, type DeflateRaw, deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { brokenData, parseAgreement, tooMuchData } from "../codec/message-deflate.ts";
import { WebSocketProtocol } from "../codec/websocket.ts";
import { localEndpoint } from "../testing/engine-trial.ts";
import { cut, tell } from "../testing/recording-wire.ts";
import { serverFrame, upgradeAnswer } from "../testing/websocket-corpus.ts";

const fresh = "permessage-deflate; server_no_context_takeover";
const kept = "permessage-deflate";
const maxMessageBytes = 100_000;

/** A message from a server that resets its window for each message. */
function deflate(text: string | Buffer): Buffer {
  return deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
}

/** Messages from a server that keeps its window. */
async function deflateAll(texts: readonly string[], windowBits = 15): Promise<Buffer[]> {
  const stream: DeflateRaw = createDeflateRaw({ windowBits });
  const parts: Buffer[] = [];
  for (const text of texts) {
    stream.write(text);
    await new Promise<void>((resolve) => stream.flush(constants.Z_SYNC_FLUSH, resolve));
    parts.push((stream.read() as Buffer).subarray(0, -4));
  }
  return parts;
}

describe("zlib inflater", { skip: process.platform !== "linux" }, async () => {
  const { ZlibInflater } = await import("./zlib-inflater.ts");
  const opened = (answer: string, slots = 1) => {
    const inflater = new ZlibInflater(slots, maxMessageBytes);
    for (let slot = 0; slot < slots; slot++) inflater.begin(slot, parseAgreement(answer)!);
    return inflater;
  };
  const textOf = (inflater: InstanceType<typeof ZlibInflater>, slot: number, bytes: Buffer): string => {
    const length = inflater.inflate(slot, bytes, 0, bytes.length);
    return length < 0 ? String(length) : inflater.output.toString("latin1", 0, length);
  };

  test("messages are restored unchanged, for interleaved connections, with shared and separate windows", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ maxLength: 3000 }), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 9, max: 15 }),
        async (texts, bits) => {
          const plain = texts.map((text) => Buffer.from(`${text}${text}`).toString("latin1"));
          const one = opened(fresh, 2);
          for (const [i, text] of plain.entries())
            assert.equal(textOf(one, i % 2, deflate(Buffer.from(text, "latin1"))), text);
          const own = opened(`${kept}; server_max_window_bits=${bits}`, 2);
          const sent = await deflateAll(
            texts.map((text) => `${text}${text}`),
            bits,
          );
          for (const [i, bytes] of sent.entries())
            for (const slot of [0, 1]) assert.equal(textOf(own, slot, bytes), plain[i]);
        },
      ),
      { seed: 20260101, numRuns: 60 },
    );
  });

  test("a message of exactly the maximum size, and a decompression bomb a thousand times as large", () => {
    const inflater = opened(fresh);
    assert.equal(textOf(inflater, 0, deflate("x".repeat(maxMessageBytes))).length, maxMessageBytes);
    const bomb = deflate(Buffer.alloc(maxMessageBytes * 1000));
    assert.equal(inflater.inflate(0, bomb, 0, bomb.length), tooMuchData);
    assert.ok(inflater.output.length <= maxMessageBytes + 1, `${inflater.output.length} bytes held`);
    assert.equal(textOf(inflater, 0, deflate("after")), "after");
  });

  test("a final block, an empty message, and invalid data", () => {
    const inflater = opened(fresh);
    assert.equal(textOf(inflater, 0, Buffer.concat([deflateRawSync("final"), Buffer.of(0)])), "final");
    assert.equal(textOf(inflater, 0, Buffer.of(0)), "");
    assert.equal(inflater.inflate(0, Buffer.of(0xff, 0xff, 0xff), 0, 3), brokenData);
    assert.equal(textOf(inflater, 0, deflate("after")), "after");
  });

  test("compressed frames are decoded the same however split: whole, fragmented, mixed with plain ones", () => {
    const payload = deflate("push ".repeat(50));
    const frames = Buffer.concat([
      serverFrame(2, payload, { reserved: 0x40 }),
      serverFrame(1, payload.subarray(0, 3), { reserved: 0x40, fin: false }),
      serverFrame(9, "p"),
      serverFrame(0, payload.subarray(3)),
      serverFrame(2, "plain"),
      serverFrame(2, Buffer.of(0xff, 0xff), { reserved: 0x40 }),
    ]);
    const options = { slots: 1, endpoints: [localEndpoint(1)], headers: {}, subprotocols: [], maxMessageBytes };
    const told = (cuts: number[]) =>
      tell(
        (wire) => new WebSocketProtocol(options, wire, null, new ZlibInflater(1, maxMessageBytes)),
        (protocol) =>
          cut(
            Buffer.concat([upgradeAnswer(protocol.greeting(0), `Sec-WebSocket-Extensions: ${fresh}\r\n`), frames]),
            cuts,
          ),
      );
    const whole = told([]);
    const text = Buffer.from("push ".repeat(50)).toString("hex");
    assert.deepEqual(whole.slice(0, 5), [
      "opened",
      `message ${text}`,
      "write 8a 70",
      `message ${text}`,
      `message ${Buffer.from("plain").toString("hex")}`,
    ]);
    assert.equal(whole.at(-1), "violation bad-compression");
    for (let at = 0; at < frames.length + 200; at++) assert.deepEqual(told([at]), whole);
  });

  test("RSV1 is rejected without an agreement, and on continuation and control frames", () => {
    const options = { slots: 1, endpoints: [localEndpoint(1)], headers: {}, subprotocols: [], maxMessageBytes };
    for (const [extra, frame] of [
      ["", serverFrame(2, deflate("x"), { reserved: 0x40 })],
      [`Sec-WebSocket-Extensions: ${fresh}\r\n`, serverFrame(9, "x", { reserved: 0x40 })],
      [
        `Sec-WebSocket-Extensions: ${fresh}\r\n`,
        Buffer.concat([serverFrame(2, "x", { fin: false }), serverFrame(0, "y", { reserved: 0x40 })]),
      ],
    ] as const) {
      const told = tell(
        (wire) => new WebSocketProtocol(options, wire, null, new ZlibInflater(1, maxMessageBytes)),
        (protocol) => [Buffer.concat([upgradeAnswer(protocol.greeting(0), extra), frame])],
      );
      assert.equal(told.at(-1), "violation reserved-bits");
    }
  });

  test("windows of closed connections are freed", () => {
    const inflater = opened(fresh);
    const payload = deflate("x".repeat(40_000));
    const round = (): void => {
      for (let i = 0; i < 2000; i++) {
        inflater.begin(0, parseAgreement(kept)!);
        inflater.inflate(0, payload, 0, payload.length);
        inflater.end(0);
      }
    };
    round();
    const before = process.memoryUsage.rss();
    round();
    const grown = process.memoryUsage.rss() - before;
    assert.ok(grown < 40_000_000, `${grown} bytes more after 2,000 windows of some 40 KB`);
  });
});
