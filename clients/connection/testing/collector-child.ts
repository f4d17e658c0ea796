/** For tests: many connections to a server in the same process under constant garbage collection; prints the counts. */
import type { ConnectionSink, Engine } from "../engine.ts";
import { makeEngine } from "../make-engine.ts";
import { localEndpoint, trialOptions } from "./engine-trial.ts";
import { RawServer } from "./raw-server.ts";
import { serverFrame } from "./websocket-corpus.ts";

const [connections = 0, rounds = 0] = process.argv.slice(2, 4).map(Number);
const tls = process.argv[4] === "tls";
const counts = { opened: 0, messages: 0, bad: 0, closed: 0 };
/** Payloads for the short and long length encodings, distinguishable by their fill byte. */
const payloads = Array.from({ length: rounds }, (_, round) => Buffer.alloc([60, 200, 1000, 5][round % 4]!, round + 1));

const sink: ConnectionSink = {
  opened: () => counts.opened++,
  refused: () => counts.bad++,
  pong: () => {},
  closed: () => counts.closed++,
  message(_slot, bytes, start, end) {
    counts.messages++;
    const payload = payloads[bytes[start]! - 1];
    if (payload === undefined || !payload.equals(bytes.subarray(start, end))) counts.bad++;
  },
};

async function until(isSo: () => boolean): Promise<void> {
  for (let turn = 0; !isSo(); turn++) {
    await engine.turn(1);
    if (turn % 4 === 0) globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const server = await RawServer.over(tls).upgrading();
const engine: Engine = await makeEngine(
  "kernel",
  trialOptions("websocket", [localEndpoint(server.port, { tls })], { slots: connections }),
  sink,
);
for (let slot = 0; slot < connections; slot++) {
  engine.open(slot);
  if (slot % 100 === 99) await until(() => counts.opened > slot - 100);
}
await until(() => counts.opened === connections);
for (const [round, payload] of payloads.entries()) {
  const frame = serverFrame(2, payload);
  // Every third frame is sent in two parts, so that leftovers are kept too.
  for (const [i, { socket }] of server.peers.entries()) {
    if (i % 3 !== 0) socket.write(frame);
    else socket.write(frame.subarray(0, 3), () => socket.write(frame.subarray(3)));
  }
  for (let slot = round; slot < connections; slot += 7) engine.ping(slot);
  await until(() => counts.messages === connections * (round + 1));
}
for (let slot = 0; slot < connections; slot++) engine.close(slot, "rst", "planned");
await until(() => counts.closed === connections);
engine.dispose();
await server.close();
process.stdout.write(JSON.stringify(counts));
