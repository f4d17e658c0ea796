import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { fileURLToPath } from "node:url";
import type { Report } from "../report/report.ts";
import { readScenario } from "../scenario/read-scenario.ts";
import type { ConnectionsScenario } from "../scenario/schema.ts";
import { executeConnections } from "./execute.ts";
import { readAllEvents } from "./run-folder.ts";

const space = `holdfast-${process.pid}`;
const [near, far] = [`hf${process.pid}a`, `hf${process.pid}b`];
const subnet = `10.213.${process.pid % 250}`;
const ip = (...words: string[]): void => void execFileSync("ip", words, { stdio: "pipe", timeout: 5000 });
const rehearsal = fileURLToPath(new URL("../../services/target-rehearsal/main.js", import.meta.url));

/** A network of its own, joined to ours by a cable. Throws where that may not be. */
function makeNetwork(): void {
  ip("netns", "add", space);
  ip("link", "add", near, "type", "veth", "peer", "name", far, "netns", space);
  ip("addr", "add", `${subnet}.1/24`, "dev", near);
  ip("link", "set", near, "up");
  ip("-n", space, "addr", "add", `${subnet}.2/24`, "dev", far);
  ip("-n", space, "link", "set", far, "up");
}

function removeNetwork(): void {
  try {
    ip("netns", "del", space);
  } catch {
    // It was never made.
  }
}

async function serve(): Promise<ChildProcess> {
  const words = ["netns", "exec", space, process.execPath, rehearsal, "--host", `${subnet}.2`, "--port", "8080", "--tcp-port", "8081"];
  const server = spawn("ip", words, { stdio: "ignore" });
  for (let attempt = 0; attempt < 100; attempt++) {
    const isUp = await fetch(`http://${subnet}.2:8080/healthz`, { signal: AbortSignal.timeout(500) }).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isUp) return server;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  server.kill("SIGKILL");
  throw new Error("the target in its own network did not come up");
}

async function holdThere(runsFolder: string, cut: () => void): Promise<Report> {
  const fields = {
    kind: "connections",
    connections: 8,
    hold: "7s",
    push: { interval: "500ms" },
    timeouts: { close: "1s" },
    target: `ws://${subnet}.2:8080/push`,
  };
  const scenario = readScenario(fields) as ConnectionsScenario;
  let isCut = false;
  const snapshot = ({ phase }: { phase: string }): void => {
    if (phase === "hold" && !isCut) cut();
    isCut ||= phase === "hold";
  };
  const options = { runsFolder, watch: () => [{ snapshot }], signal: AbortSignal.timeout(30_000), allowedHosts: [`${subnet}.2`], say: () => {} };
  return executeConnections("connections", scenario, fields.target, options);
}

it("lays connections that fell silent to the network when nothing comes back any more", async (test) => {
  try {
    makeNetwork();
  } catch (error) {
    removeNetwork();
    return test.skip(`no network namespace may be made here: ${(error as Error).message.split("\n")[0]}`);
  }
  const runsFolder = mkdtempSync(join(tmpdir(), "holdfast-blackhole-"));
  let server: ChildProcess | undefined;
  try {
    server = await serve();
    const report = await holdThere(runsFolder, () => ip("-n", space, "route", "add", "blackhole", `${subnet}.1/32`));
    assert.deepEqual(report.connections.byCause, { silent: 8 });
    const silent = readAllEvents(join(runsFolder, report.run)).filter(({ what }) => what === "silent");
    assert.deepEqual([...new Set(silent.map(({ stalled }) => stalled))], ["network"], readFileSync(join(runsFolder, report.run, "events.ndjson"), "utf8"));
  } finally {
    server?.kill("SIGKILL");
    removeNetwork();
    rmSync(runsFolder, { recursive: true, force: true });
  }
});
