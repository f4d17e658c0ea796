import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { fileURLToPath } from "node:url";
import type { Report } from "../../report/model/report.ts";
import { readScenario } from "../../scenario/read-scenario.ts";
import type { ConnectionsScenario } from "../../scenario/schema.ts";
import { executeOne } from "../executors.ts";
import { readAllEvents } from "../folder/run-folder.ts";
import { Network } from "../testing/network.ts";

const rehearsal = fileURLToPath(new URL("../../../services/target-rehearsal/main.js", import.meta.url));

async function serve(network: Network): Promise<ChildProcess> {
  const [program = "", ...words] = network.within([
    process.execPath,
    rehearsal,
    "--host",
    network.far,
    "--port",
    "8080",
    "--tcp-port",
    "8081",
  ]);
  const server = spawn(program, words, { stdio: "ignore" });
  for (let attempt = 0; attempt < 100; attempt++) {
    const isUp = await fetch(`http://${network.far}:8080/healthz`, { signal: AbortSignal.timeout(500) }).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isUp) return server;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  server.kill("SIGKILL");
  throw new Error("the target in its own network did not come up");
}

async function holdThere({ far }: Network, runsFolder: string, cut: () => void): Promise<Report> {
  const fields = {
    kind: "connections",
    connections: 8,
    hold: "7s",
    push: { interval: "500ms" },
    timeouts: { close: "1s" },
    target: `ws://${far}:8080/push?intervalMs=500&bytes=100&timing=burst&group=0`,
  };
  const scenario = readScenario(fields) as ConnectionsScenario;
  let isCut = false;
  const snapshot = ({ phase }: { phase: string }): void => {
    if (phase === "hold" && !isCut) cut();
    isCut ||= phase === "hold";
  };
  const options = {
    runsFolder,
    watch: () => [{ snapshot }],
    signal: AbortSignal.timeout(30_000),
    allowedHosts: [far],
    say: () => {},
  };
  return executeOne(scenario, fields.target, options);
}

it("attributes silent connections to the network when nothing comes back any more", async (test) => {
  let network: Network;
  try {
    network = new Network("b", `10.213.${process.pid % 250}`);
  } catch (error) {
    return test.skip(`no network namespace can be created here: ${(error as Error).message.split("\n")[0]}`);
  }
  const runsFolder = mkdtempSync(join(tmpdir(), "holdfast-blackhole-"));
  let server: ChildProcess | undefined;
  try {
    server = await serve(network);
    const report = await holdThere(network, runsFolder, () =>
      network.ip("route", "add", "blackhole", `${network.near}/32`),
    );
    assert.deepEqual(report.connections.byCause, { silent: 8 });
    const silent = readAllEvents(join(runsFolder, report.run)).filter(({ what }) => what === "silent");
    assert.deepEqual(
      [...new Set(silent.map(({ stalled }) => stalled))],
      ["network"],
      readFileSync(join(runsFolder, report.run, "events.ndjson"), "utf8"),
    );
  } finally {
    server?.kill("SIGKILL");
    network.remove();
    rmSync(runsFolder, { recursive: true, force: true });
  }
});
