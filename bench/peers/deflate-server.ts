/**
 * Pushes compressed messages over WebSocket to all connections at an interval. Usage: deflate-server '{"intervalMs",
 * "bytes", "beginsAnew"}'; `beginsAnew` agrees to server_no_context_takeover. Reports its port over IPC.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import { nowNs } from "../../clients/measure/clock.ts";

const { intervalMs, bytes, beginsAnew } = JSON.parse(process.argv[2] ?? "{}") as {
  intervalMs: number;
  bytes: number;
  beginsAnew: boolean;
};
/** Text that compresses like typical JSON. */
const text = Buffer.from(`{"id":42,"name":"holdfast","state":"open"},`.repeat(bytes / 40 + 1)).subarray(0, bytes);
const server = createServer();
const sockets = new WebSocketServer({
  server,
  perMessageDeflate: { threshold: 0, serverNoContextTakeover: beginsAnew, concurrencyLimit: 1000 },
});
sockets.on("connection", (socket) => socket.on("error", () => {}));

let tick = Math.floor(nowNs() / 1e6 / intervalMs) + 1;
setInterval(() => {
  if (nowNs() < tick * intervalMs * 1e6) return;
  const message = Buffer.from(text);
  message.write("HF\x01\x01", "latin1");
  message.writeUInt32BE(tick >>> 0, 4);
  const due = BigInt(tick) * BigInt(Math.round(intervalMs * 1e6));
  message.writeBigUInt64BE(due, 8);
  message.writeBigUInt64BE(BigInt(Math.floor(nowNs())), 16);
  const check = tick ^ Number(due >> 32n) ^ Number(due & 0xffffffffn) ^ 0x48460100 ^ 1;
  message.writeUInt32BE(0, 24); // Group.
  message.writeUInt32BE(check >>> 0, 28);
  for (const socket of sockets.clients) socket.send(message);
  tick++;
}, 1);
process.once("disconnect", () => process.exit());
server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () =>
  process.send?.({ port: (server.address() as AddressInfo).port }),
);
