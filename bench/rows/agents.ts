/**
 * A run over three agents, each in a network of its own, while everything that can be lost is lost: one agent is
 * killed, one is stopped for 15 s with its shard, and Redis is killed and comes back empty. The counts must add up all
 * the same.
 *
 *   control and Redis here --- cable ---> 3 x (agent, shard, Go target) in a network each
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as rest } from "node:timers/promises";
import type { Report } from "../../clients/report/model/report.ts";
import { usableTarget } from "../../clients/run/prepare/choose-target.ts";
import { fillCommand } from "../../clients/target/manifest.ts";
import { projectRoot } from "../../clients/target/project-root.ts";
import { freePort } from "../contender.ts";
import { hasCommand } from "../machine.ts";
import { Networks } from "../networks.ts";
import type { Answer, Order, Row } from "../row.ts";

const agents = ["a", "b", "c"];
const targetPort = 8080;
const commandLine = join(projectRoot, "dist/clients/cli/main.js");
/** After the run began: one agent dies, one stands still and goes on, Redis is lost. Seconds. */
const faultsAt = { kill: 24, stop: 32, goOn: 47, loseRedis: 57 } as const;
const mostSeconds = 260;

/** Processes of a row, each the head of a group; all end with the row. */
class Processes {
  readonly #started: ChildProcess[] = [];
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    process.once("exit", this.end);
  }

  start([file = "", ...words]: readonly string[]): ChildProcess {
    const child = spawn(file, words, { stdio: "ignore", cwd: this.#folder, detached: true });
    this.#started.push(child);
    return child;
  }

  signal(child: ChildProcess, signal: NodeJS.Signals): void {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      process.kill(-child.pid, signal);
  }

  readonly end = (): void => {
    for (const child of this.#started.splice(0))
      for (const signal of ["SIGCONT", "SIGKILL"] as const) this.signal(child, signal);
  };
}

interface Stage {
  networks: Networks;
  processes: Processes;
  redisPort: number;
  control: string;
  say: (line: string) => void;
}

const redisOf = ({ networks, redisPort }: Stage): string[] => {
  const addresses = ["127.0.0.1", ...networks.each.map(({ near }) => near)];
  return [
    "redis-server",
    "--port",
    String(redisPort),
    "--bind",
    ...addresses,
    "--protected-mode",
    "no",
    "--save",
    "",
    "--appendonly",
    "no",
  ];
};

async function ask<T>(url: string, options: RequestInit = {}): Promise<T> {
  const answer = await fetch(url, { ...options, signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** Targets, control and agents; resolves with the agents' processes when control knows them all. */
async function setUp(stage: Stage): Promise<ChildProcess[]> {
  const { networks, processes, redisPort, control, say } = stage;
  const { folder, start } = await usableTarget("go", say);
  const fields = { host: networks.own, port: String(targetPort), tcpPort: String(targetPort + 1), redis: "" };
  const [program = "", ...words] = fillCommand(start, fields);
  const target = [join(folder, program), ...words];
  processes.start(target);
  for (const network of networks.each) processes.start(network.within(target));
  const { port } = new URL(control);
  processes.start([
    process.execPath,
    commandLine,
    "serve",
    "--port",
    port,
    "--redis",
    `redis://127.0.0.1:${redisPort}`,
    "--runs",
    "runs",
    "--allow-host",
    networks.own,
  ]);
  const started = agents.map((name, index) => {
    const network = networks.each[index]!;
    const redis = `redis://${network.near}:${redisPort}`;
    const words = ["agent", "--redis", redis, "--slots", "1", "--name", name, "--allow-host", networks.own];
    return processes.start(network.within([process.execPath, commandLine, ...words]));
  });
  for (let tries = 0; ; tries++) {
    const known = await ask<{ agents: unknown[] }>(`${control}/agents`).then(
      (answer) => answer.agents.length,
      () => 0,
    );
    if (known === agents.length) return started;
    if (tries > 120) throw new Error(`expected ${agents.length} agents, control knows ${known}`);
    await rest(500);
  }
}

/** Orders the run, makes the faults, and returns the report. */
async function runThrough(stage: Stage, connections: number): Promise<Report> {
  const { processes, control, networks, say } = stage;
  let redis = processes.start(redisOf(stage));
  await rest(500);
  const [doomed, sleeper] = await setUp(stage);
  const scenario = {
    kind: "connections",
    target: `ws://${networks.own}:${targetPort}/push?intervalMs=5000&bytes=100&timing=burst&group=0`,
    shards: agents.length,
    connections,
    rampPerSecond: connections / 6,
    hold: "75s",
    push: { interval: "5s" },
  };
  const body = JSON.stringify({ scenario });
  const { runs } = await ask<{ runs: { id: string }[] }>(`${control}/runs`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  const id = runs[0]?.id ?? "";
  const faults: { at: number; what: string; act: () => Promise<void> | void }[] = [
    { at: faultsAt.kill, what: "an agent is killed", act: () => processes.signal(doomed!, "SIGKILL") },
    { at: faultsAt.stop, what: "an agent and its shard are stopped", act: () => processes.signal(sleeper!, "SIGSTOP") },
    { at: faultsAt.goOn, what: "they go on", act: () => processes.signal(sleeper!, "SIGCONT") },
    {
      at: faultsAt.loseRedis,
      what: "Redis is killed, and comes back empty after 3 s",
      act: async () => {
        processes.signal(redis, "SIGKILL");
        await rest(3000);
        redis = processes.start(redisOf(stage));
      },
    },
  ];
  const begunMs = performance.now();
  for (;;) {
    const seconds = (performance.now() - begunMs) / 1000;
    if (seconds > mostSeconds) throw new Error(`the run was not over after ${mostSeconds} s`);
    if (seconds > (faults[0]?.at ?? Number.POSITIVE_INFINITY)) {
      const { what, act } = faults.shift()!;
      say(`agents: ${what}`);
      await act();
    }
    const { run } = await ask<{ run: { state: string } }>(`${control}/runs/${id}`);
    if (["finished", "interrupted", "failed"].includes(run.state))
      return await ask<Report>(`${control}/runs/${id}/report`);
    await rest(500);
  }
}

function answerOf({ connections, pushes, verdict, reasons }: Report): Answer {
  const { planned, opened, refused, notAttempted, closedByPlan, closedUnexpectedly, reconnects, byCause } = connections;
  const { due = 0, received = 0, lost = 0, late = 0 } = pushes ?? {};
  const lostWithAgent = byCause["generator-died"] ?? 0;
  const isExact =
    planned === opened + refused + notAttempted &&
    opened + reconnects.opened === closedByPlan + closedUnexpectedly &&
    due === received + lost;
  const whole = (value: number): string => value.toLocaleString("en-US");
  return {
    columns: [
      "planned",
      "opened",
      "refused",
      "closed by plan",
      "generator-died",
      "due",
      "received",
      "lost",
      "late",
      "verdict",
    ],
    lines: [
      [
        ...[planned, opened, refused, closedByPlan, lostWithAgent, due, received, lost, late].map(whole),
        `${verdict}: ${reasons.map(({ code }) => code).join(", ")}`,
      ],
    ],
    reaches: [
      {
        what: "counts with an agent killed, one stopped and Redis lost",
        goal: "exact",
        measured: isExact ? "exact" : "off",
        isReached: isExact && received > 0,
      },
      {
        what: "connections lost, by cause",
        goal: `the killed agent's ${whole(planned / agents.length)}, as generator-died, and no other`,
        measured: `${whole(closedUnexpectedly)}, ${whole(lostWithAgent)} of them generator-died`,
        isReached: closedUnexpectedly === planned / agents.length && lostWithAgent === closedUnexpectedly,
      },
      {
        what: "verdict of a run whose generator broke",
        goal: "invalid",
        measured: String(verdict),
        isReached: verdict === "invalid",
      },
    ],
    notes: [
      "Each agent, its shard and a Go target are in a network of their own; pushes cross no cable, orders and tallies do. A push every 5 s; the agent stands still for 15 s (20 s of silence and its shard counts as lost), and what waited for it is late with its true latency.",
    ],
  };
}

function makeNetworks(): Networks | string {
  try {
    return new Networks(agents.length);
  } catch (error) {
    return (error as Error).message;
  }
}

async function run({ quick, say }: Order): Promise<Answer> {
  const missing = ["ip", "redis-server", "go"].filter((name) => !hasCommand(name));
  const skipped = (why: string): Answer => ({ columns: [], lines: [], reaches: [], notes: [`Skipped: ${why}.`] });
  if (missing.length > 0) return skipped(`not found: ${missing.join(", ")}`);
  const networks = makeNetworks();
  if (typeof networks === "string")
    return skipped(`networks of our own may not be made here (as root they may): ${networks}`);
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  const processes = new Processes(folder);
  try {
    const control = `http://127.0.0.1:${await freePort()}`;
    return answerOf(
      await runThrough({ networks, processes, redisPort: await freePort(), control, say }, quick ? 3000 : 30_000),
    );
  } finally {
    processes.end();
    networks.remove();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

export const agentsRow: Row = {
  name: "agents",
  title: "a run over three agents that loses one, and Redis",
  minutes: 4,
  run,
};
