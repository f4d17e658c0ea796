/**
 * Requires client certificates and records which client presented which: the path of each request names the client.
 * When asked by its parent (IPC), reports the number of connections, of distinct names, and of mismatches.
 */
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { WebSocketServer } from "ws";

const [cert = "", key = "", ca = ""] = process.argv.slice(2).map((file) => readFileSync(file, "utf8"));
const names = new Set<string>();
let [connections, mistaken] = [0, 0];

const server = createServer({ cert, key, ca, requestCert: true, rejectUnauthorized: true });
new WebSocketServer({ server, perMessageDeflate: false }).on("connection", (socket, { url = "", socket: raw }) => {
  socket.on("error", () => {});
  const name = String((raw as TLSSocket).getPeerCertificate().subject.CN);
  connections++;
  names.add(name);
  if (url !== `/${name}`) mistaken++;
});
server.on("tlsClientError", () => {});
process.on("message", () => process.send?.({ connections, names: names.size, mistaken }));
process.once("disconnect", () => process.exit());
server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () =>
  process.send?.({ port: (server.address() as AddressInfo).port }),
);
