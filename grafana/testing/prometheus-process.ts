/** Starts a real Prometheus on a port of its own, for tests that ask it what a dashboard would. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

export interface PrometheusOptions {
  /** Page to scrape, e.g. http://127.0.0.1:9464/metrics. */
  metricsUrl: string;
  /** Default 1. */
  scrapeSeconds?: number;
  /** Rules to evaluate at each scrape. */
  ruleFiles?: readonly string[];
}

export interface RunningPrometheus {
  url: string;
  scrapeSeconds: number;
  close(): Promise<void>;
}

const program = "prometheus";
const startMs = 20_000;

/** The sentence that says what is missing, or null when a Prometheus can be started here. */
export function prometheusMissing(): string | null {
  return spawnSync(program, ["--version"]).error === undefined
    ? null
    : "prometheus is not installed: apt-get install prometheus";
}

/**
 * Starts it and waits until it scrapes, which it begins about 5 s after it serves, whether the page is up yet or not.
 * Its data are in a temporary folder that `close` removes.
 */
export async function startPrometheus(options: PrometheusOptions): Promise<RunningPrometheus> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-prometheus-"));
  const config = join(folder, "prometheus.yml");
  const { scrapeSeconds = 1 } = options;
  writeFileSync(config, configText(options, scrapeSeconds));
  const address = `127.0.0.1:${await freePort()}`;
  const flags = [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, "data")}`,
    `--web.listen-address=${address}`,
    "--log.level=error",
  ];
  const child = spawn(program, flags, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2000);
  });
  const close = (): Promise<void> => end(child, folder);
  try {
    await untilScraping(`http://${address}/api/v1/targets`, child);
  } catch (error) {
    await close();
    throw new Error(`${error instanceof Error ? error.message : error}: ${said}`);
  }
  return { url: `http://${address}`, scrapeSeconds, close };
}

function configText({ metricsUrl, ruleFiles = [] }: PrometheusOptions, scrapeSeconds: number): string {
  const { host, pathname } = new URL(metricsUrl);
  const every = `${Math.round(scrapeSeconds * 1000)}ms`;
  return JSON.stringify({
    global: { scrape_interval: every, scrape_timeout: every, evaluation_interval: every },
    rule_files: ruleFiles,
    scrape_configs: [{ job_name: "holdfast", metrics_path: pathname, static_configs: [{ targets: [host] }] }],
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

async function untilScraping(url: string, child: ChildProcess): Promise<void> {
  for (const endMs = Date.now() + startMs; Date.now() < endMs; await wait(50)) {
    if (child.exitCode !== null) throw new Error(`prometheus ended with ${child.exitCode}`);
    if (await hasTargets(url)) return;
  }
  throw new Error(`prometheus did not scrape within ${startMs / 1000} s`);
}

/** False while it starts, too: it refuses connections, then answers 503. */
async function hasTargets(url: string): Promise<boolean> {
  try {
    const { data } = (await (await fetch(url)).json()) as { data: { activeTargets: unknown[] } };
    return data.activeTargets.length > 0;
  } catch {
    return false;
  }
}

async function end(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    const late = setTimeout(() => child.kill("SIGKILL"), 5000);
    await exited;
    clearTimeout(late);
  }
  rmSync(folder, { recursive: true, force: true });
}
