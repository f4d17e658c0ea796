/** HTTP throughput beside wrk and autocannon: the same Go server with Redis, the same connections, in turn, medians. */
import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { executeApi } from "../clients/run/api/api-run.ts";
import { seedUsers } from "../clients/run/api/seed-users.ts";
import { usableTarget } from "../clients/run/execute.ts";
import type { ApiScenario } from "../clients/scenario/api-schema.ts";
import { readScenario } from "../clients/scenario/read-scenario.ts";
import { startTarget } from "../clients/target/managed-target.ts";
import { projectRoot } from "../clients/target/project-root.ts";
import { startRedis } from "../clients/target/redis-server.ts";

const run = promisify(execFile);
const users = 10_000;

export interface ApiBench {
  /** Requests per second in each round; null where the tool is not installed. */
  holdfast: number[];
  wrk: number[] | null;
  autocannon: number[];
  /** Medians: ours over theirs. */
  toWrk: number | null;
  toAutocannon: number;
}

/** Asks for one user over `connections`, each tool with one process or thread, `rounds` times in turn. */
export async function benchApi({ connections = 100, seconds = 5, rounds = 5 } = {}): Promise<ApiBench> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  const redis = await startRedis(folder);
  const target = await startTarget(await usableTarget("go", () => {}), { logFolder: folder, redisUrl: redis.url });
  const hasWrk = spawnSync("wrk", ["--version"]).error === undefined;
  const [holdfast, wrk, autocannon]: number[][] = [[], [], []];
  try {
    await seedUsers(redis.url, users, 1);
    const url = `${target.endpoints[0]!.url}/user/42`;
    for (let round = 0; round < rounds; round++) {
      holdfast!.push(await askHoldfast(url, connections, seconds, folder));
      if (hasWrk) wrk!.push(await askWrk(url, connections, seconds));
      autocannon!.push(await askAutocannon(url, connections, seconds));
    }
  } finally {
    await target.stop();
    await redis.stop();
    rmSync(folder, { recursive: true });
  }
  const ours = median(holdfast!);
  return {
    holdfast: holdfast!,
    wrk: hasWrk ? wrk! : null,
    autocannon: autocannon!,
    toWrk: hasWrk ? ours / median(wrk!) : null,
    toAutocannon: ours / median(autocannon!),
  };
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

async function askHoldfast(url: string, connections: number, seconds: number, runsFolder: string): Promise<number> {
  const scenario = readScenario({ kind: "api", target: url, users: connections, hold: `${seconds}s`, warmUp: "500ms", shards: 1 }) as ApiScenario;
  const signal = new AbortController().signal;
  const report = await executeApi(scenario, url, { runsFolder, watch: () => [], signal, allowedHosts: [], say: () => {} });
  return report.qps ?? 0;
}

async function askWrk(url: string, connections: number, seconds: number): Promise<number> {
  const { stdout } = await run("wrk", ["-t1", `-c${connections}`, `-d${seconds}s`, url]);
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
}

async function askAutocannon(url: string, connections: number, seconds: number): Promise<number> {
  const path = join(projectRoot, "node_modules/autocannon/autocannon.js");
  const { stdout } = await run(process.execPath, [path, "-c", String(connections), "-d", String(seconds), "--json", "--no-progress", url]);
  return (JSON.parse(stdout) as { requests: { average: number } }).requests.average;
}
