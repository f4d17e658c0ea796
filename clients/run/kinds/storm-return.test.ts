import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { WebSocketServer } from "ws";
import { trialRun } from "../testing/run-rig.ts";

const connections = 10;

/** A server that accepts this many connections in total and refuses all later ones. */
async function serverThatTakes(most: number): Promise<{ url: string; close(): void }> {
  let taken = 0;
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", verifyClient: () => ++taken <= most });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}/`,
    close: () => {
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };
}

describe("a storm", { timeout: 60_000 }, () => {
  for (const [most, away, verdict] of [
    [2 * connections, 0, "pass"],
    [connections + 4, 6, "fail"],
  ] as const) {
    it(`that leaves ${away} connections away is a ${verdict}`, async () => {
      const server = await serverThatTakes(most);
      try {
        const storm = { after: "500ms", window: "500ms", manner: "rst", backoff: "100ms", retries: 1 };
        const { report } = await trialRun({ target: server.url, connections, hold: "3s", storm });
        assert.equal(report.storm?.stayedAway, away);
        assert.equal(report.limits.find(({ limit }) => limit === "stayedAwayRatio")?.measured, away / connections);
        assert.equal(report.verdict, verdict, JSON.stringify(report.reasons));
      } finally {
        server.close();
      }
    });
  }
});
