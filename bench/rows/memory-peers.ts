/** Tsung and k6 with the same task, where installed: resident memory of all their processes. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readTreeRssKiB } from "../../clients/measure/host/process-files.ts";
import { startPusher } from "../contender.ts";
import type { Order } from "../row.ts";
import { digits } from "../spread.ts";
import { haveTool } from "../tools.ts";

const intervalMs = 3000;
const heldSeconds = 12;
const few = 10;

interface Peer {
  name: "tsung" | "k6";
  /** Writes the files that the peer needs into a folder; returns its command's arguments. */
  command(folder: string, connections: number, port: number): string[];
}

const tsung: Peer = {
  name: "tsung",
  command(folder, connections, port) {
    const plan = join(folder, "plan.xml");
    writeFileSync(
      plan,
      `<?xml version="1.0"?><!DOCTYPE tsung SYSTEM "/usr/share/tsung/tsung-1.0.dtd"><tsung loglevel="notice">
<clients><client host="localhost" use_controller_vm="true" maxusers="30000"/></clients>
<servers><server host="127.0.0.1" port="${port}" type="tcp"/></servers>
<load><arrivalphase phase="1" duration="4" unit="second"><users maxnumber="${connections}" arrivalrate="${Math.ceil(connections / 2)}" unit="second"/></arrivalphase></load>
<sessions><session name="idle" probability="100" type="ts_websocket"><request><websocket type="connect" path="/push"/></request>
<thinktime value="${heldSeconds - 4}"/><request><websocket type="close"/></request></session></sessions></tsung>`,
    );
    return ["-f", plan, "-l", folder, "start"];
  },
};

const k6: Peer = {
  name: "k6",
  command(folder, connections, port) {
    const script = join(folder, "idle.js");
    writeFileSync(
      script,
      `import { WebSocket } from "k6/websockets";
export const options = { vus: ${connections}, iterations: ${connections} };
export default () => {
  const socket = new WebSocket("ws://127.0.0.1:${port}/push");
  socket.onmessage = () => {};
  socket.onopen = () => setTimeout(() => socket.close(), ${(heldSeconds - 4) * 1000});
};`,
    );
    return ["run", "--quiet", script];
  },
};

/** Peak resident memory of a peer's process tree while it holds this many connections, KiB. */
async function peakKiB(peer: Peer, program: readonly string[], connections: number): Promise<number> {
  const pusher = await startPusher(intervalMs);
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  const [file = "", ...args] = [...program, ...peer.command(folder, connections, pusher.port)];
  const child = spawn(file, args, { stdio: "ignore", cwd: folder, timeout: 120_000, killSignal: "SIGKILL" });
  let peak = 0;
  const timer = setInterval(() => {
    if (child.pid !== undefined) peak = Math.max(peak, readTreeRssKiB(child.pid));
  }, 250);
  await new Promise((resolve) => child.once("close", resolve).once("error", resolve));
  clearInterval(timer);
  pusher.stop();
  rmSync(folder, { recursive: true, force: true });
  return peak;
}

export async function measurePeers({ quick, say }: Order): Promise<{ lines: string[][]; notes: string[] }> {
  const lines: string[][] = [];
  const notes: string[] = [];
  const connections = quick ? 500 : 2000;
  for (const peer of [tsung, k6]) {
    const tool = await haveTool(peer.name, say);
    if (typeof tool === "string") {
      notes.push(tool);
      continue;
    }
    const base = await peakKiB(peer, tool.command, few);
    const peak = await peakKiB(peer, tool.command, connections);
    const marginal = ((peak - base) * 1024) / (connections - few);
    say(`memory ${connections}: ${peer.name} ${digits(marginal)} B beyond the base`);
    lines.push([
      connections.toLocaleString("en-US"),
      peer.name,
      digits(marginal),
      digits((peak * 1024) / connections),
      "-",
    ]);
  }
  if (lines.length > 0) notes.push(`Peers: slope of the peak of their process trees from ${few} connections.`);
  return { lines, notes };
}
