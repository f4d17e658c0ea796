import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { makeCertificates, type RunCertificates } from "../../clients/target/certificate.ts";
import { readScript } from "./script.ts";
import { RehearsalServer } from "./server.ts";
import { ticketsToStartFor } from "./ticket-count.ts";

let files: RunCertificates;
const folder = mkdtempSync(join(tmpdir(), "rehearsal-tls-"));

/** A server with these faults; its account is read when it has stopped. */
async function start(faults: string) {
  const accountPath = join(folder, `${Math.random()}.ndjson`);
  const server = new RehearsalServer({
    host: "127.0.0.1",
    port: 0,
    tcpPort: 0,
    script: readScript(`faults: ${faults}`),
    accountPath,
    tls: { certificate: files.certificate, key: files.key },
  });
  const { port, tcpPort } = await server.start();
  const dial = (more: ConnectionOptions = {}): TLSSocket =>
    connect({ host: "127.0.0.1", port: tcpPort, ca: readFileSync(files.authority), ...more }).on("error", () => {});
  const stop = async (): Promise<{ what: string; attempt?: number; cause?: string }[]> => {
    await server.stop();
    return readFileSync(accountPath, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  };
  return { port, dial, stop, server };
}

/** "open", or the code of what prevented it. */
async function outcome(socket: TLSSocket): Promise<string> {
  return new Promise((resolve) => {
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.once("end", () => resolve("ended"));
    socket.once("data", () => resolve("open"));
    socket.write("intervalMs=1000&bytes=40\n");
  });
}

describe("TLS of the rehearsal target", () => {
  before(() => {
    files = makeCertificates();
  });
  after(() => {
    files.remove();
    rmSync(folder, { recursive: true });
  });

  it("opens by TLS, and strikes those that a fault names: each for its reason, and in the account", async () => {
    const { dial, stop } = await start(
      "[{ kind: tls.certificate, problem: expired, connections: [0] }, { kind: tls.certificate, problem: wrong-host, connections: [1] }, { kind: tls.certificate, problem: unknown-issuer, connections: [2] }, { kind: tls.version, version: '1.2', connections: [3] }, { kind: tls.client-certificate, connections: [4] }]",
    );
    const met: string[] = [];
    for (let i = 0; i < 6; i++) {
      const socket = dial(i === 3 ? { minVersion: "TLSv1.3" } : {});
      met.push(await outcome(socket));
      socket.destroy();
    }
    assert.deepEqual([met[0], met[1], met[5]], ["CERT_HAS_EXPIRED", "ERR_TLS_CERT_ALTNAME_INVALID", "open"]);
    assert.match(met[2]!, /^UNABLE_TO_/);
    assert.match(met[3]!, /PROTOCOL_VERSION/);
    assert.match(met[4]!, /CERTIFICATE_REQUIRED/);
    const refused = (await stop()).filter(({ what }) => what === "refused");
    assert.deepEqual(
      refused.map(({ attempt, cause }) => [attempt, cause]),
      [0, 1, 2, 3, 4].map((attempt) => [attempt, "tls-failed"]),
    );
  });

  it("stalls a handshake, and no fault strikes the health check", async () => {
    const { dial, port, stop } = await start("[{ kind: tls.stall }]");
    const stalled = dial();
    let hasOpened = false;
    stalled.once("secureConnect", () => {
      hasOpened = true;
    });
    const health = dial({ port, servername: "healthz.holdfast.invalid", rejectUnauthorized: false });
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

  it("tickets are asked for at the start of a process of its own, once", () => {
    const script = readScript("faults: [{ kind: tls.tickets, count: 5 }]");
    assert.equal(ticketsToStartFor(script, []), 5);
    assert.equal(ticketsToStartFor(script, ["--openssl-config=/x"]), null);
    assert.equal(ticketsToStartFor(readScript("faults: []"), []), null);
  });

  it("a certificate that cannot be read stops the start", () => {
    writeFileSync(join(folder, "none.pem"), "");
    const options = { host: "127.0.0.1", port: 0, tcpPort: 0, script: readScript("faults: []"), accountPath: "" };
    assert.throws(() => new RehearsalServer({ ...options, tls: { certificate: join(folder, "none.pem"), key: files.key } }));
  });
});
