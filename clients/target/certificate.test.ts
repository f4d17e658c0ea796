import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync, statSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { connect, createServer } from "node:tls";
import { makeCertificates } from "./certificate.ts";

/** The result of a certificate with Node's own client: its error code, or "trusted". */
async function verdictOn(certificate: Buffer, key: Buffer, authority: Buffer, host: string): Promise<string> {
  const server = createServer({ cert: certificate, key }, (socket) => socket.on("error", () => {}));
  server.on("tlsClientError", () => {}).listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect({
    port: (server.address() as AddressInfo).port,
    host: "127.0.0.1",
    ca: authority,
    ...(host === "" ? {} : { servername: host }),
  });
  const verdict = await new Promise<string>((resolve) => {
    socket.once("secureConnect", () => resolve("trusted"));
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
  socket.destroy();
  server.close();
  return verdict;
}

test("the server's certificate is trusted by name and address; others are rejected, each for its reason", async () => {
  const made = makeCertificates();
  const read = (name: string): Buffer => readFileSync(join(made.folder, name));
  const key = readFileSync(made.key);
  const authority = readFileSync(made.authority);
  assert.equal(statSync(made.key).mode & 0o077, 0);
  assert.ok(new X509Certificate(authority).ca && !new X509Certificate(read("server.pem")).ca);
  const verdict = (name: string, host = "localhost"): Promise<string> => verdictOn(read(name), key, authority, host);
  assert.equal(await verdict("server.pem"), "trusted");
  assert.equal(await verdict("server.pem", ""), "trusted");
  assert.equal(await verdict("expired.pem"), "CERT_HAS_EXPIRED");
  assert.equal(await verdict("wrong-host.pem"), "ERR_TLS_CERT_ALTNAME_INVALID");
  assert.match(await verdict("unknown-issuer.pem"), /^UNABLE_TO_/);
  made.remove();
  assert.ok(!existsSync(made.folder));
});
