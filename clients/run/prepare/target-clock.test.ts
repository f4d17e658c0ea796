import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import type { Endpoint } from "../../connection/engine.ts";
import type { ShardPlan } from "../../generator/plan.ts";
import { nowNs } from "../../measure/clock.ts";
import { makeCertificates } from "../../target/certificate.ts";
import type { RunTarget } from "./run-target.ts";
import { inTargetClock, probeTargetClock } from "./target-clock.ts";

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
  it("is found to within the reported bound", () =>
    serving(
      (_request, response) => response.end(JSON.stringify({ monotonicNs: String(Math.round(nowNs() + 3_600e9)) })),
      async (endpoint) => {
        const clock = await probeTargetClock(endpoint);
        assert.ok(clock !== null);
        assert.ok(
          Math.abs(clock.offsetNs - 3_600e9) <= clock.boundMs * 1e6 + 1000,
          `${clock.offsetNs} +/- ${clock.boundMs} ms`,
        );
      },
    ));

  it("is read over TLS where the target uses it, and not from an untrusted one", async () => {
    const files = makeCertificates();
    const pem = { cert: readFileSync(files.certificate), key: readFileSync(files.key) };
    const server = createSecureServer(pem, (_request, response) =>
      response.end(JSON.stringify({ monotonicNs: String(Math.round(nowNs() + 60e9)) })),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const endpoint: Endpoint = { host: "localhost", address: "127.0.0.1", family: 4, port, path: "/push", tls: true };
    const clock = await probeTargetClock(endpoint, { certificateAuthority: files.authority });
    assert.ok(clock !== null && Math.abs(clock.offsetNs - 60e9) <= clock.boundMs * 1e6 + 1000);
    assert.equal(await probeTargetClock(endpoint), null);
    server.closeAllConnections();
    server.close();
    files.remove();
  });

  it("is used in the plans; on this machine it is ours and not requested", () => {
    let asked = 0;
    return serving(
      (_request, response) => {
        asked++;
        response.end(JSON.stringify({ monotonicNs: String(Math.round(nowNs() - 60e9)) }));
      },
      async (endpoint) => {
        const target = { isLocal: false, endpoints: [endpoint] } as RunTarget;
        const plans = [{ shard: 0 }, { shard: 1 }] as ShardPlan[];
        const remote = await inTargetClock(target, plans);
        assert.ok(remote.clockError !== null && remote.clockError.boundMs >= 0);
        for (const plan of remote.plans)
          assert.ok(Math.abs(plan.targetClockOffsetNs + 60e9) <= remote.clockError.boundMs * 1e6 + 1000);
        const before = asked;
        assert.deepEqual(await inTargetClock({ ...target, isLocal: true }, plans), { plans, clockError: null });
        assert.equal(asked, before);
      },
    );
  });

  it("is unknown without /clock, or when its response is invalid or too long", async () => {
    const answers: RequestListener[] = [
      (_request, response) => response.writeHead(404).end(),
      (_request, response) => response.end("hello"),
      (_request, response) => response.end("{}"),
      (_request, response) => response.end("x".repeat(100_000)),
      (request) => request.destroy(),
    ];
    for (const listener of answers)
      await serving(listener, async (endpoint) => assert.equal(await probeTargetClock(endpoint), null));
  });
});
