import assert from "node:assert/strict";
import { createPrivateKey } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import type { TLSSocket } from "node:tls";
import { WebSocketServer } from "ws";
import { testCertificate, testKey } from "../../connection/testing/test-certificate.ts";
import { readScenario, ScenarioError } from "../../scenario/read-scenario.ts";
import { makeClientAuthority } from "../../target/certificate.ts";
import { trialRun } from "../testing/run-rig.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-clients-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const count = 40;
const authority = makeClientAuthority();
mkdirSync(join(folder, "certs"));
for (let i = 0; i < count; i++) {
  const { certificate, key } = authority.issue(`client-${i}`);
  file(`certs/c${i}.pem`, certificate);
  file(`certs/c${i}.key`, key);
}
const rows = (ids: readonly string[]): string => file(`ids-${ids.length}.csv`, `id\n${ids.join("\n")}\n`);
const ids = rows(Array.from({ length: count }, (_, i) => `c${i}`));
const own = { certificate: join(folder, "certs/{{id}}.pem"), key: join(folder, "certs/{{id}}.key") };

/** Requires certificates, and records which one each connection presented and which client it claims to be. */
async function demanding() {
  const seen: { subject: string; saysItIs: string; isResumed: boolean }[] = [];
  const server = createServer({
    cert: testCertificate,
    key: testKey,
    ca: authority.certificate,
    requestCert: true,
    rejectUnauthorized: true,
  });
  const sockets = new WebSocketServer({ server });
  sockets.on("connection", (_socket, { url = "", socket }) => {
    const secure = socket as TLSSocket;
    const subject = String(secure.getPeerCertificate().subject.CN);
    seen.push({ subject, saysItIs: url.slice(1), isResumed: secure.isSessionReused() });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = (): void => {
    for (const socket of sockets.clients) socket.terminate();
    server.close();
  };
  return { port: (server.address() as AddressInfo).port, seen, stop };
}

describe("a certificate for each connection", { concurrency: 3 }, () => {
  for (const [engine, compression, resume] of [
    ["kernel", false, "none"],
    ["kernel", false, "tickets"],
    ["portable", false, "none"],
    ["portable", true, "none"],
  ] as const) {
    const kind = `${engine}${compression ? " with compression" : ""}, resume: ${resume}`;
    it(`is used by that connection, and again when it reconnects (${kind})`, async () => {
      const server = await demanding();
      try {
        const { report } = await trialRun({
          target: `wss://localhost:${server.port}/client-{{index}}`,
          connections: count,
          rampPerSecond: 200,
          hold: "2s",
          shards: 2,
          engine,
          compression,
          data: { file: ids },
          tls: { ...own, insecure: true, resume },
          storm: { after: "300ms", window: "300ms", jitter: 0 },
        });
        assert.equal(report.tls?.handshakes, 2 * count);
        assert.equal(server.seen.length, 2 * count);
        assert.deepEqual(
          server.seen.filter(({ subject, saysItIs }) => subject !== saysItIs),
          [],
        );
        assert.equal(new Set(server.seen.map(({ subject }) => subject)).size, count);
        const resumed = server.seen.filter(({ isResumed }) => isResumed).length;
        assert.equal(resumed, resume === "tickets" ? count : 0);
        assert.equal(report.tls?.resumed, resumed);
        assert.doesNotMatch(JSON.stringify(report), /certs\/c\d/);
      } finally {
        server.stop();
      }
    });
  }

  it("that disappeared after the check is not attributed to the target, and the others connect", async () => {
    for (const engine of ["kernel", "portable"]) {
      const server = await demanding();
      const { certificate, key } = authority.issue("client-1");
      file("certs/gone.pem", certificate);
      const path = file("certs/gone.key", key);
      try {
        const { report } = await trialRun(
          {
            target: `wss://localhost:${server.port}/x`,
            connections: 2,
            rampPerSecond: 10,
            hold: "1s",
            shards: 1,
            engine,
            data: { file: rows(["c0", "gone"]) },
            tls: { ...own, insecure: true },
          },
          { begun: () => rmSync(path) },
        );
        assert.deepEqual(report.connections.byCode, { "tls-failed:own-certificate-unusable": 1 });
        assert.deepEqual(
          server.seen.map(({ subject }) => subject),
          ["client-0"],
        );
      } finally {
        server.stop();
      }
    }
  });

  const refusalOf = async (fields: Record<string, unknown>): Promise<Record<string, string>> => {
    const target = "wss://localhost:1/x";
    const error = await trialRun({ target, connections: 2, hold: "1s", ...fields }).then(
      () => null,
      (thrown) => thrown,
    );
    assert.ok(error instanceof ScenarioError, String(error));
    return Object.fromEntries(error.problems.map(({ field, text }) => [field, text]));
  };

  it("that is unusable is reported before anything starts, by connection number and without its values", async () => {
    const encrypted = createPrivateKey(testKey).export({
      type: "pkcs8",
      format: "pem",
      cipher: "aes-256-cbc",
      passphrase: "opened by nobody",
    }) as string;
    file("certs/locked.pem", testCertificate);
    file("certs/locked.key", encrypted);
    file("certs/other.pem", authority.issue("x").certificate);
    file("certs/other.key", testKey);
    for (const [id, field, text] of [
      ["none", "tls.certificate", /^expected a file with the client certificate \(PEM\) of connection 1: ENOENT/],
      ["locked", "tls.key", /^expected a private key without passphrase \(PEM\) of connection 1: it is encrypted/],
      [
        "other",
        "tls.key",
        /^expected the key that belongs to the first certificate of connection 1, got a different one/,
      ],
    ] as const) {
      const problems = await refusalOf({ data: { file: rows(["c0", id]) }, tls: own });
      assert.match(problems[field] ?? JSON.stringify(problems), text);
      assert.doesNotMatch(JSON.stringify(problems), new RegExp(`${id}\\.(pem|key)`));
    }
  });

  it("is found through per-connection values, below the folder given in the scenario", async () => {
    const climbing = await refusalOf({ data: { file: rows(["c0", "../c1"]) }, tls: own });
    assert.match(climbing["tls.certificate"] ?? "", /no \.\./);
    const opening = [{ expect: { contains: "x" }, take: { told: "text:id=([0-9]+)" } }];
    for (const name of ["told", "message", "random:8"]) {
      const tls = { ...own, certificate: `certs/{{${name}}}.pem` };
      const input = { kind: "connections", target: "wss://localhost:1/x", tls, conversation: { opening } };
      assert.throws(() => readScenario(input), /tls\.certificate: expected values of the data file/);
    }
    const api = { kind: "api", target: "https://localhost:1/x", tls: { ...own } };
    assert.throws(() => readScenario(api), /tls\.certificate: expected one file for all/);
  });
});
