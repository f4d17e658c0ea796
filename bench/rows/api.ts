/** HTTP throughput and latency compared with wrk and autocannon: same server, same connections, in turn. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { median } from "../../clients/measure/statistics/median.ts";
import { executeOne } from "../../clients/run/executors.ts";
import type { ApiScenario } from "../../clients/scenario/api-schema.ts";
import { readScenario } from "../../clients/scenario/read-scenario.ts";
import { projectRoot } from "../../clients/target/project-root.ts";
import { startServer } from "../contender.ts";
import { startGo } from "../go-server.ts";
import type { Answer, Order, Reach, Row } from "../row.ts";
import { digits, inTurns, isAtLeast, ratioText, spreadText } from "../spread.ts";
import { haveTool, presentTool } from "../tools.ts";

const run = promisify(execFile);
const connections = 100;
const tools = ["wrk", "oha", "hey", "h2load", "k6"] as const;
/** wrk's output with --latency: "99%   1.23ms". */
const unitMs = { us: 0.001, ms: 1, s: 1000 } as const;

interface Rate {
  qps: number;
  p99Ms: number;
}

interface Server {
  name: string;
  url: string;
  stop(): Promise<void> | void;
}

/** What each client should do: for how long, and with how many processes or threads. */
interface Task {
  url: string;
  seconds: number;
  processes: number;
  folder: string;
  /** File with the authority of a TLS server. */
  authority?: string | null;
}

export const httpClients = {
  async holdfast({ url, seconds, processes, folder, authority }: Task): Promise<Rate> {
    const asked = {
      kind: "api",
      target: url,
      users: connections,
      hold: `${seconds}s`,
      warmUp: "500ms",
      shards: processes,
      rampPerSecond: 1e6,
      ...(authority == null ? {} : { tls: { certificateAuthority: authority } }),
    };
    const signal = new AbortController().signal;
    const report = await executeOne(readScenario(asked) as ApiScenario, url, {
      runsFolder: folder,
      watch: () => [],
      signal,
      allowedHosts: [],
      say: () => {},
    });
    const latency = (report.steps?.at(-1)?.latencyMs ?? report.latencyMs.request) as { p99: number } | null | undefined;
    return { qps: report.qps ?? Number.NaN, p99Ms: latency?.p99 ?? Number.NaN };
  },
  async wrk({ url, seconds, processes }: Task): Promise<Rate> {
    const { stdout } = await run("wrk", [`-t${processes}`, `-c${connections}`, `-d${seconds}s`, "--latency", url]);
    const [, value = "", unit = "ms"] = /99%\s+([\d.]+)(us|ms|s)/.exec(stdout) ?? [];
    return {
      qps: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]),
      p99Ms: Number(value) * unitMs[unit as keyof typeof unitMs],
    };
  },
  async autocannon({ url, seconds, processes, authority }: Task): Promise<Rate> {
    const program = join(projectRoot, "node_modules/autocannon/autocannon.js");
    const workers = processes === 1 ? [] : ["-w", String(processes)];
    const args = [
      program,
      ...workers,
      "-c",
      String(connections),
      "-d",
      String(seconds),
      "--json",
      "--no-progress",
      url,
    ];
    const env = { ...process.env, ...(authority == null ? {} : { NODE_EXTRA_CA_CERTS: authority }) };
    const { stdout } = await run(process.execPath, args, { maxBuffer: 1 << 24, env });
    const { requests, latency } = JSON.parse(stdout) as { requests: { average: number }; latency: { p99: number } };
    return { qps: requests.average, p99Ms: latency.p99 };
  },
  async oha({ url, seconds, processes }: Task): Promise<Rate> {
    const [oha = ""] = presentTool("oha")!.command;
    const env = { ...process.env, TOKIO_WORKER_THREADS: String(processes) };
    const words = [
      "-z",
      `${seconds}s`,
      "-c",
      String(connections),
      "--no-tui",
      "--insecure",
      "--output-format",
      "json",
      url,
    ];
    const { stdout } = await run(oha, words, { env, maxBuffer: 1 << 24 });
    const told = JSON.parse(stdout) as { summary: { requestsPerSec: number }; latencyPercentiles: { p99: number } };
    return { qps: told.summary.requestsPerSec, p99Ms: told.latencyPercentiles.p99 * 1000 };
  },
  async hey({ url, seconds, processes }: Task): Promise<Rate> {
    const { stdout } = await run("hey", [
      "-z",
      `${seconds}s`,
      "-c",
      String(connections),
      "-cpus",
      String(processes),
      url,
    ]);
    return {
      qps: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]),
      p99Ms: Number(/99%+ in ([\d.]+) secs/.exec(stdout)?.[1]) * 1000,
    };
  },
  /** It reports no quantiles. */
  async h2load({ url, seconds, processes }: Task): Promise<Rate> {
    const words = ["--h1", "-D", String(seconds), "-c", String(connections), "-t", String(processes), url];
    const { stdout } = await run("h2load", words);
    return { qps: Number(/finished in [^,]+, ([\d.]+) req\/s/.exec(stdout)?.[1]), p99Ms: Number.NaN };
  },
  async k6({ url, seconds, processes, folder }: Task): Promise<Rate> {
    const [script, summary] = [join(folder, "k6.js"), join(folder, "k6.json")];
    const load = { vus: connections, duration: `${seconds}s`, insecureSkipTLSVerify: true };
    const options = JSON.stringify({ ...load, summaryTrendStats: ["p(99)"] });
    const text = `import http from "k6/http";
export const options = ${options};
export default () => http.get(${JSON.stringify(url)});`;
    writeFileSync(script, text);
    const env = { ...process.env, GOMAXPROCS: String(processes) };
    const [k6 = ""] = presentTool("k6")!.command;
    await run(k6, ["run", "--quiet", "--summary-export", summary, script], { env });
    const { metrics } = JSON.parse(readFileSync(summary, "utf8")) as {
      metrics: { http_reqs: { rate: number }; http_req_duration: { "p(99)": number } };
    };
    return { qps: metrics.http_reqs.rate, p99Ms: metrics.http_req_duration["p(99)"] };
  },
} as const satisfies Record<string, (task: Task) => Promise<Rate>>;
type Client = keyof typeof httpClients;

/** Clients that are available or could be installed, and a note on each that is not. */
export async function availableClients(say: (line: string) => void): Promise<{ names: Client[]; notes: string[] }> {
  const names: Client[] = ["holdfast", "autocannon"];
  const notes: string[] = [];
  for (const name of tools) {
    const tool = await haveTool(name, say);
    if (typeof tool === "string") notes.push(tool);
    else names.push(name);
  }
  return { names, notes };
}

async function startResponder(): Promise<Server | string> {
  try {
    const { port, stop } = await startServer("responder");
    return { name: "C responder", url: `http://127.0.0.1:${port}/`, stop };
  } catch (error) {
    return (error as Error).message;
  }
}

async function startGoHealth(say: (line: string) => void): Promise<Server | string> {
  const go = await startGo(say);
  return typeof go === "string"
    ? go
    : { name: "target go, /healthz", url: `http://127.0.0.1:${go.port}/healthz`, stop: go.stop };
}

function reachesOf(label: string, taken: Map<Client, Rate[]>): Reach[] {
  const qps = (name: Client): number[] => (taken.get(name) ?? []).map((rate) => rate.qps);
  const ratio = (name: Client): number => median(qps("holdfast")) / median(qps(name));
  return [
    {
      what: `HTTP requests per second to those of wrk, ${label}`,
      goal: ">= 1.0x",
      measured: ratioText(qps("holdfast"), qps("wrk")),
      isReached: isAtLeast(ratio("wrk"), 1),
    },
    {
      what: `HTTP requests per second to those of autocannon, ${label}`,
      goal: ">= 2x",
      measured: ratioText(qps("holdfast"), qps("autocannon")),
      isReached: isAtLeast(ratio("autocannon"), 2),
    },
  ];
}

function linesOf(label: string, taken: Map<Client, Rate[]>): string[][] {
  const qps = (name: Client): number[] => (taken.get(name) ?? []).map((rate) => rate.qps);
  return [...taken].map(([name, rates]) => [
    label,
    name,
    spreadText(qps(name)),
    ratioText(qps(name), qps("wrk")),
    spreadText(rates.map(({ p99Ms }) => p99Ms)),
  ]);
}

async function runRow(order: Order): Promise<Answer> {
  const { quick, rounds, say } = order;
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  const { names, notes } = await availableClients(say);
  const answer: Answer = {
    columns: ["load", "client", "requests a second", "to wrk", "p99 ms"],
    lines: [],
    reaches: [],
    notes,
  };
  try {
    for (const start of [startResponder, () => startGoHealth(say)]) {
      const server = await start();
      if (typeof server === "string") {
        answer.notes.push(`A server was skipped: ${server}.`);
        continue;
      }
      try {
        for (const processes of new Set([1, availableParallelism()])) {
          const label = `${server.name}, ${processes} ${processes === 1 ? "process" : "processes"}`;
          const taken = await inTurns(names, rounds, async (name, round) => {
            const rate = await httpClients[name]({ url: server.url, seconds: quick ? 2 : 5, processes, folder });
            say(`api ${label} round ${round + 1}: ${name} ${digits(rate.qps)} a second, p99 ${digits(rate.p99Ms)} ms`);
            return rate;
          });
          answer.lines.push(...linesOf(label, taken));
          answer.reaches.push(...reachesOf(label, taken));
        }
      } finally {
        await server.stop();
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  answer.notes.push(
    `${connections} connections, each asks again when it has its answer. Processes are wrk's and h2load's threads, autocannon's workers, and the threads that oha and hey may run at once. They share the CPUs with the server.`,
  );
  return answer;
}

export const api: Row = {
  name: "api",
  title: "HTTP requests per second",
  minutes: 8,
  tools,
  run: runRow,
};
