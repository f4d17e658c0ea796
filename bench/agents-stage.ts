/**
 * Three agents, each in its own network, under faults: one agent is killed, one is frozen for 15 s together with its
 * shard, and Redis is killed and restarts empty.
 *
 *   control and Redis here --- cable ---> 3 x (agent, shard) in a network each
 */
import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as rest } from "node:timers/promises";
import type { Report } from "../clients/report/model/report.ts";
import type { Networks } from "./networks.ts";
import { commandLine } from "./peers/command-line.ts";

export const agents = ["a", "b", "c"];
/** Seconds after the start of the run: one agent is killed, one is frozen and later resumed, Redis is lost. */
const faultsAt = { kill: 24, stop: 32, goOn: 47, loseRedis: 57 } as const;
const mostSeconds = 260;

/** Processes of a row, each the leader of a process group; all end with the row. */
export class Processes {
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

  /** Asks all to stop and waits a little, so that a target can complete its account. */
  async stop(): Promise<void> {
    for (const child of this.#started) this.signal(child, "SIGTERM");
    for (
      let tries = 0;
      tries < 100 && this.#started.some((child) => child.exitCode === null && child.signalCode === null);
      tries++
    )
      await rest(100);
  }

  readonly end = (): void => {
    for (const child of this.#started.splice(0))
      for (const signal of ["SIGCONT", "SIGKILL"] as const) this.signal(child, signal);
  };
}

export interface Stage {
  networks: Networks;
  processes: Processes;
  redisPort: number;
  control: string;
  /** Folder in which the processes run and write. */
  folder: string;
  say: (line: string) => void;
}

/** What is tested: the targets, and the requests to the agents. */
export interface Trial {
  startTargets(stage: Stage): Promise<void> | void;
  scenario(stage: Stage, connections: number): Record<string, unknown>;
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

/** Starts targets, control and agents; resolves to the agents' processes once control knows all of them. */
async function setUp(stage: Stage, { startTargets }: Trial): Promise<ChildProcess[]> {
  const { networks, processes, redisPort, control } = stage;
  await startTargets(stage);
  const allowed = [networks.own, networks.shared].flatMap((address) => ["--allow-host", address]);
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
    ...allowed,
  ]);
  const started = agents.map((name, index) => {
    const network = networks.each[index]!;
    const redis = `redis://${network.near}:${redisPort}`;
    const words = ["agent", "--redis", redis, "--slots", "1", "--name", name, ...allowed];
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

/** Starts the run, causes the faults, and returns the report. */
export async function runThrough(stage: Stage, trial: Trial, connections: number): Promise<Report> {
  const { processes, control, say } = stage;
  let redis = processes.start(redisOf(stage));
  await rest(500);
  const [doomed, sleeper] = await setUp(stage, trial);
  const scenario = {
    kind: "connections",
    shards: agents.length,
    rampPerSecond: connections / 6,
    hold: "75s",
    ...trial.scenario(stage, connections),
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
