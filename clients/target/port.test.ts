import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { describe, it } from "node:test";
import { findPort, holdPort, portRange } from "./port.ts";

describe("target ports", () => {
  const ranges: [string | null, number, number][] = [
    ["32768\t60999\n", 20_000, 32_000],
    ["30000 60999", 20_000, 29_999],
    ["1024\t65535\n", 20_000, 32_000],
    [null, 20_000, 32_000],
  ];
  for (const [text, low, high] of ranges) {
    it(`are searched from ${low} to ${high} when the kernel's ephemeral range is ${text?.trim() ?? "unknown"}`, () =>
      assert.deepEqual(portRange(text), { low, high }));
  }

  it("are held: no two are the same, and others cannot listen", async () => {
    const held = await Promise.all(Array.from({ length: 20 }, () => findPort()));
    try {
      assert.equal(new Set(held.map(({ port }) => port)).size, 20);
      assert.equal(await holdPort(held[0]!.port), null);
    } finally {
      await Promise.all(held.map((one) => one.release()));
    }
    await held[0]!.release();
  });

  it("in use on loopback only are skipped, and a released one can be listened on", async () => {
    const first = await findPort();
    await first.release();
    const server = createServer().listen(first.port, "127.0.0.1");
    await once(server, "listening");
    try {
      assert.equal(await holdPort(first.port), null);
      const next = await findPort({ low: first.port, high: first.port + 50 }, () => 0);
      assert.ok(next.port > first.port);
      await next.release();
      await assert.rejects(findPort({ low: first.port, high: first.port }), { code: "no-port" });
    } finally {
      server.close();
      await once(server, "close");
    }
  });
});
