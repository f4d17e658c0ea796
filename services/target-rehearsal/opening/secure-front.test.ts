import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { readScript } from "../faults/script.ts";
import { RehearsalServer } from "../server.ts";
import { ticketsToStartFor } from "../ticket-count.ts";

const folder = mkdtempSync(join(tmpdir(), "rehearsal-tls-"));
const files = { certificate: join(folder, "server.pem"), key: join(folder, "key.pem") };

/**
 * One key, with a certificate for each name the server looks for; which one it presents is identified by the subject.
 */
function makeFiles(): boolean {
  try {
    execFileSync("openssl", ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", files.key]);
    for (const name of ["server", "expired", "wrong-host", "unknown-issuer", "authority"]) {
      execFileSync("openssl", [
        "req",
        "-x509",
        "-key",
        files.key,
        "-subj",
        `/CN=${name}`,
        "-days",
        "2",
        "-out",
        join(folder, `${name}.pem`),
      ]);
    }
    return true;
  } catch {
    return false;
  }
}

const isReady = makeFiles();

/** A server with these faults; its account is read after it has stopped. */
async function start(faults: string) {
  const accountPath = join(folder, `${Math.random()}.ndjson`);
  const server = new RehearsalServer({
    host: "127.0.0.1",
    port: 0,
    tcpPort: 0,
    script: readScript(`faults: ${faults}`),
    accountPath,
    tls: files,
  });
  const { port, tcpPort } = await server.start();
  const dial = (more: ConnectionOptions = {}): TLSSocket =>
    connect({ host: "127.0.0.1", port: tcpPort, rejectUnauthorized: false, ...more }).on("error", () => {});
  const stop = async (): Promise<{ what: string; attempt?: number; cause?: string }[]> => {
    await server.stop();
    return readFileSync(accountPath, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  };
  return { port, dial, stop, server };
}

/** The name in the certificate of a server that opened, or what prevented it. */
async function outcome(socket: TLSSocket): Promise<string> {
  return new Promise((resolve) => {
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.message));
    socket.once("end", () => resolve("ended"));
    socket.once("data", () => resolve(String(socket.getPeerCertificate().subject.CN)));
    socket.write("intervalMs=1000&bytes=40\n");
  });
}

describe("TLS in the rehearsal target", { skip: !isReady }, () => {
  after(() => rmSync(folder, { recursive: true }));

  it("opens with TLS, presents another certificate where a fault says so, and records it in the account", async () => {
    const { dial, stop } = await start(
      "[{ kind: tls.certificate, problem: expired, connections: [0] }, { kind: tls.certificate, problem: wrong-host, connections: [1] }, { kind: tls.certificate, problem: unknown-issuer, connections: [2] }, { kind: tls.version, version: '1.2', connections: [3] }, { kind: tls.client-certificate, connections: [4] }]",
    );
    const met: string[] = [];
    for (let i = 0; i < 6; i++) {
      const socket = dial(i === 3 ? { minVersion: "TLSv1.3" } : {});
      met.push(await outcome(socket));
      socket.destroy();
    }
    assert.deepEqual([met[0], met[1], met[2], met[5]], ["expired", "wrong-host", "unknown-issuer", "server"]);
    assert.match(met[3]!, /protocol version/);
    assert.match(met[4]!, /certificate required/);
    const refused = (await stop()).filter(({ what }) => what === "refused");
    assert.deepEqual(
      refused.map(({ attempt, cause }) => [attempt, cause]),
      [3, 4].map((attempt) => [attempt, "tls-failed"]),
    );
  });

  it("stalls a handshake, while health checks are exempt", async () => {
    const { dial, port, stop } = await start("[{ kind: tls.stall }]");
    const stalled = dial();
    let hasOpened = false;
    stalled.once("secureConnect", () => {
      hasOpened = true;
    });
    const health = dial({ port, servername: "healthz.holdfast.invalid" });
    health.write("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n");
    const [answer] = (await once(health, "data")) as [Buffer];
    assert.match(answer.toString(), /^HTTP\/1\.1 200/);
    assert.equal(hasOpened, false);
    stalled.destroy();
    health.destroy();
    const refused = (await stop()).filter(({ what }) => what === "refused");
    assert.deepEqual(
      refused.map(({ cause }) => cause),
      ["upgrade-timeout"],
    );
  });

  it("answers each step of a handshake with the requested alert", async () => {
    for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
      const { dial, stop } = await start(
        "[{ kind: tls.alert, alert: internal-error, connections: [0] }, { kind: tls.alert, alert: unrecognized-name, step: server-hello, connections: [1] }, { kind: tls.alert, alert: access-denied, step: finished, connections: [2] }]",
      );
      const met: string[] = [];
      for (let i = 0; i < 3; i++) {
        const socket = dial({ maxVersion });
        met.push(await outcome(socket));
        socket.destroy();
      }
      assert.match(met[0]!, /alert internal error/);
      assert.match(met[1]!, /unrecognized name/);
      assert.match(met[2]!, /access denied/);
      const refused = (await stop()).filter(({ what }) => what === "refused");
      assert.deepEqual(
        refused.map(({ attempt, cause }) => [attempt, cause]),
        [0, 1, 2].map((attempt) => [attempt, "tls-failed"]),
      );
    }
  });

  it("sends one-byte records and updates its keys, and the client reads everything", async () => {
    const { dial, stop } = await start(
      "[{ kind: tls.records, bytes: 1, connections: [0] }, { kind: tls.key-update, asks: true, connections: [1] }, { kind: tls.key-update, connections: [2] }]",
    );
    for (let i = 0; i < 3; i++) {
      const socket = dial();
      socket.write("intervalMs=50&bytes=40\n");
      const sizes: number[] = [];
      let heard = Buffer.alloc(0);
      socket.on("data", (bytes: Buffer) => {
        sizes.push(bytes.length);
        heard = Buffer.concat([heard, bytes]);
      });
      while (heard.length < 4 + 3 * 44) await once(socket, "data");
      // An empty frame reports that it is open; then come pushes of 40 bytes, each with a length prefix.
      assert.deepEqual([heard.readUInt32BE(0), heard.readUInt32BE(4), heard.toString("latin1", 8, 10)], [0, 40, "HF"]);
      assert.equal(heard.readUInt32BE(4 + 2 * 44), 40);
      assert.equal(Math.min(...sizes) === 1, i === 0);
      socket.destroy();
    }
    await stop();
  });

  it("the number of tickets is set by restarting the process, once", () => {
    const script = readScript("faults: [{ kind: tls.tickets, count: 5 }]");
    assert.equal(ticketsToStartFor(script, []), 5);
    assert.equal(ticketsToStartFor(script, ["--openssl-config=/x"]), null);
    assert.equal(ticketsToStartFor(readScript("faults: []"), []), null);
  });

  it("an unreadable certificate prevents the start", () => {
    writeFileSync(join(folder, "none.pem"), "");
    const options = { host: "127.0.0.1", port: 0, tcpPort: 0, script: readScript("faults: []"), accountPath: "" };
    assert.throws(
      () => new RehearsalServer({ ...options, tls: { certificate: join(folder, "none.pem"), key: files.key } }),
    );
  });
});
