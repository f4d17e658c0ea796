/**
 * For tests: reads 100,000 pushes and prints how much the heap grew and how often the young generation was collected.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants, PerformanceObserver } from "node:perf_hooks";
import type { ConnectionSink } from "../engine.ts";
import { makeEngine } from "../make-engine.ts";
import { localEndpoint, trialOptions } from "./engine-trial.ts";
import { testCertificate, testKey } from "./test-certificate.ts";

const tls = process.argv[2] === "tls";
const connections = 200;
const messages = 100_000;
const warmUp = 40_000;
/** Pushes one message to each connection, then again shortly after: one message per read. */
const pusher = `
const { createHash } = require("node:crypto");
const frame = Buffer.concat([Buffer.of(0x82, 100), Buffer.alloc(100)]);
const sockets = [];
let rounds = ${(messages + warmUp) / connections};
const push = () => { for (const socket of sockets) socket.write(frame); if (--rounds > 0) setTimeout(push, 1); };
const accept = (socket) => {
  socket.on("error", () => process.exit());
  socket.once("data", (bytes) => {
    const key = /sec-websocket-key: (.*)\\r\\n/i.exec(bytes.toString("latin1"))[1];
    const accept = createHash("sha1").update(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest("base64");
    socket.write("HTTP/1.1 101 x\\r\\nupgrade: websocket\\r\\nconnection: upgrade\\r\\nsec-websocket-accept: " + accept + "\\r\\n\\r\\n");
    if (sockets.push(socket) === ${connections}) push();
  });
};
const pem = ${JSON.stringify({ cert: testCertificate, key: testKey })};
const server = ${tls} ? require("node:tls").createServer(pem, accept) : require("node:net").createServer(accept);
server.listen(0, "127.0.0.1", () => console.log(server.address().port));`;

let seen = 0;
let collections = 0;
const sink: ConnectionSink = { opened() {}, refused() {}, pong() {}, closed() {}, message: () => void seen++ };
const child = spawn(process.execPath, ["-e", pusher], { stdio: ["ignore", "pipe", "inherit"] });
const [line] = (await once(child.stdout, "data")) as [Buffer];
const engine = await makeEngine(
  "kernel",
  trialOptions("websocket", [localEndpoint(Number(line.toString()), { tls })], { slots: connections }),
  sink,
);

function readUntil(count: number): void {
  while (seen < count) engine.turn(5);
}

for (let slot = 0; slot < connections; slot++) engine.open(slot);
readUntil(warmUp);
globalThis.gc?.();
const before = process.memoryUsage();
const first = { seen, reads: engine.counts.reads };
new PerformanceObserver((list) => {
  collections += list
    .getEntries()
    .filter(
      (entry) => (entry as { detail?: { kind?: number } }).detail?.kind === constants.NODE_PERFORMANCE_GC_MINOR,
    ).length;
}).observe({ entryTypes: ["gc"] });
readUntil(messages + warmUp);
// The observer is notified of collections in a later event loop iteration.
await new Promise((resolve) => setTimeout(resolve, 10));
const young = process.memoryUsage().heapUsed - before.heapUsed;
globalThis.gc?.();
const after = process.memoryUsage();
engine.dispose();
child.kill();
process.stdout.write(
  JSON.stringify({
    messages: seen - warmUp,
    reads: (engine.counts.reads - first.reads) / (seen - first.seen),
    young,
    heapGrowth: after.heapUsed - before.heapUsed,
    arrayBuffersGrowth: after.arrayBuffers - before.arrayBuffers,
    collections,
  }),
);
