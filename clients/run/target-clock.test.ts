import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import type { Endpoint } from "../connection/engine.ts";
import { nowNs } from "../measure/clock.ts";
import { probeTargetClock } from "./target-clock.ts";

async function serving(listener: RequestListener, act: (endpoint: Endpoint) => Promise<void>): Promise<void> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    await act({ host: "127.0.0.1", address: "127.0.0.1", family: 4, port, path: "/push", tls: false });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe("the clock of a target on another machine", () => {
  it("is found to within the bound that is told", () =>
    serving(
      (_request, response) => response.end(JSON.stringify({ monotonicNs: String(Math.round(nowNs() + 3_600e9)) })),
      async (endpoint) => {
        const clock = await probeTargetClock(endpoint);
        assert.ok(clock !== null);
        assert.ok(Math.abs(clock.offsetNs - 3_600e9) <= clock.boundMs * 1e6 + 1000, `${clock.offsetNs} +/- ${clock.boundMs} ms`);
      },
    ));

  it("is unknown where there is no /clock, or it answers something else, or too much", async () => {
    const answers: RequestListener[] = [
      (_request, response) => response.writeHead(404).end(),
      (_request, response) => response.end("hello"),
      (_request, response) => response.end("{}"),
      (_request, response) => response.end("x".repeat(100_000)),
      (request) => request.destroy(),
    ];
    for (const listener of answers) await serving(listener, async (endpoint) => assert.equal(await probeTargetClock(endpoint), null));
  });
});
