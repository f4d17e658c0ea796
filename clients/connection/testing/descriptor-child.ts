/**
 * For tests: a process with few file descriptors that opens 60 connections to a server in another process and prints
 * the results.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Engine } from "../engine.ts";
import { EngineTrial, localEndpoint, trialOptions } from "./engine-trial.ts";

const accepting = `
const { createHash } = require("node:crypto");
const server = require("node:net").createServer((socket) => {
  socket.on("error", () => {});
  socket.on("data", (bytes) => {
    const key = /sec-websocket-key: (.*)\\r\\n/i.exec(bytes.toString("latin1"))[1];
    const accept = createHash("sha1").update(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest("base64");
    socket.write("HTTP/1.1 101 x\\r\\nupgrade: websocket\\r\\nconnection: upgrade\\r\\nsec-websocket-accept: " + accept + "\\r\\n\\r\\n");
  });
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.on("end", () => process.exit()).resume();`;

const [name, compression] = process.argv.slice(2);
const connections = 60;
const server = spawn("bash", ["-c", 'exec "$0" "$@"', process.execPath, "-e", accepting], {
  stdio: ["pipe", "pipe", "inherit"],
});
const [line] = (await once(server.stdout, "data")) as [Buffer];
const options = trialOptions("websocket", [localEndpoint(Number(line.toString()))], {
  slots: connections,
  compression: compression === "true",
});
const trial = await EngineTrial.make(name as Engine["name"], options);
for (let slot = 0; slot < connections; slot++) trial.engine.open(slot);
await trial.until(() => trial.told.length === connections, "all accounted for");
process.stdout.write(
  JSON.stringify({
    opened: trial.of("opened").length,
    refused: trial.of("refused").map(({ cause, code }) => [cause, code]),
  }),
);
trial.engine.dispose();
server.kill();
