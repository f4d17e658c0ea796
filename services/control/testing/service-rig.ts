/** For the service's tests: a service with simulated runs, and real helper processes. */
import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { Tally } from "../../../clients/measure/tally.ts";
import type { Report } from "../../../clients/report/model/report.ts";
import { sampleIntervals, sampleReport } from "../../../clients/report/testing/sample-report.ts";
import type { RunObserver } from "../../../clients/run/coordinate/observer.ts";
import type { ExecuteOptions } from "../../../clients/run/execute.ts";
import { RunFolder } from "../../../clients/run/folder/run-folder.ts";
import { redact, shownAddress } from "../../../clients/scenario/redaction.ts";
import type { Scenario } from "../../../clients/scenario/schema.ts";
import { projectRoot } from "../../../clients/target/project-root.ts";
import type { ServiceOptions } from "../options.ts";
import { makeService, type Service } from "../service.ts";

export const silentLogger = pino({ level: "silent" });

export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "holdfast-control-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) };
}

export function testOptions(runsFolder: string, changes: Partial<ServiceOptions> = {}): ServiceOptions {
  return {
    host: "127.0.0.1",
    port: 0,
    runsFolder,
    token: null,
    allowedHosts: [],
    redisUrl: null,
    agentSecret: null,
    opensMetrics: false,
    atOnce: 4,
    perTarget: 1,
    perMinute: 1_000_000,
    ...changes,
  };
}

/** Simulates a run: `seconds` ticks at once, then waits for `release` or its signal. */
export function actedRuns(seconds = 3) {
  let release: () => void = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const execute = async (scenario: Scenario, target: string, options: ExecuteOptions): Promise<Report> => {
    const run = options.newRun?.(scenario.kind, target) ?? "";
    const report = sampleReport({
      run,
      kind: scenario.kind,
      state: "running",
      verdict: null,
      scenario: redact(scenario),
    });
    report.target = { ...report.target, name: shownAddress(target) };
    const folder = new RunFolder(options.runsFolder, run, scenario);
    const observers: RunObserver[] = [folder, ...options.watch(run)];
    for (const observer of observers) observer.begun?.(report);
    for (const observer of observers) observer.phase?.("ramp", 0);
    const total = new Tally();
    for (const interval of sampleIntervals(seconds))
      for (const observer of observers)
        observer.snapshot?.({ run, phase: "ramp", interval, total, shards: [], replicas: [], report });
    const aborted = new Promise<void>((resolve) => {
      if (options.signal.aborted) resolve();
      options.signal.addEventListener("abort", () => resolve());
    });
    await Promise.race([released, aborted]);
    const ended: Report = { ...report, state: options.signal.aborted ? "interrupted" : "finished", verdict: "pass" };
    for (const observer of observers) observer.ended?.(ended);
    return ended;
  };
  return { execute, release };
}

/** A service with simulated runs. */
export async function actedService(
  changes: Partial<ServiceOptions> = {},
  seconds = 3,
): Promise<Service & { release(): void; folder: string; remove(): Promise<void> }> {
  const { path, remove } = temporaryFolder();
  const { execute, release } = actedRuns(seconds);
  const service = await makeService(testOptions(path, changes), silentLogger, execute);
  await service.app.ready();
  const end = async (): Promise<void> => {
    release();
    await service.close();
    remove();
  };
  return { ...service, release, folder: path, remove: end };
}

/** Waits until `check` returns a value; throws after a timeout. */
export async function until<T>(
  what: string,
  check: () => Promise<T | null | false> | T | null | false,
  withinMs = 40_000,
): Promise<T> {
  const endMs = performance.now() + withinMs;
  for (;;) {
    const value = await check();
    if (value !== null && value !== false) return value;
    if (performance.now() > endMs) throw new Error(`${what}: not within ${withinMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

export const redisProgram = "/usr/bin/redis-server";
/** Why tests with Redis are skipped; false when it is available. */
export const noRedis: string | false = isProgram(redisProgram)
  ? false
  : `${redisProgram} is not installed: apt-get install redis-server`;
export const chromiumProgram = "/usr/bin/chromium";

/** A helper process, ended with the test. */
export class Helper {
  readonly child: ChildProcess;
  output = "";

  constructor(program: string, args: string[], environment: NodeJS.ProcessEnv = process.env) {
    this.child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env: environment });
    const take = (part: string): void => {
      this.output += part;
    };
    this.child.stdout?.setEncoding("utf8").on("data", take);
    this.child.stderr?.setEncoding("utf8").on("data", take);
  }

  says(pattern: RegExp, withinMs = 20_000): Promise<RegExpExecArray> {
    return until(
      `${this.child.spawnargs.slice(0, 3).join(" ")} says ${pattern} (${this.output.slice(-300)})`,
      () => pattern.exec(this.output),
      withinMs,
    );
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async end(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const closed = new Promise((resolve) => this.child.once("close", resolve));
    // A stopped process receives the signal only once it continues.
    this.child.kill(signal);
    this.child.kill("SIGCONT");
    await closed;
  }
}

/** A Redis on loopback without persistence. */
export async function startRedis(port: number, folder: string): Promise<Helper> {
  mkdirSync(folder, { recursive: true });
  const redis = new Helper(redisProgram, [
    "--port",
    String(port),
    "--bind",
    "127.0.0.1",
    "--save",
    "",
    "--appendonly",
    "no",
    "--dir",
    folder,
  ]);
  await redis.says(/eady to accept connections/);
  return redis;
}

export async function startAgent(
  redisUrl: string,
  name: string,
  slots = 1,
  more: readonly string[] = [],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Helper> {
  const program = join(projectRoot, "dist/services/agent/main.js");
  const agent = new Helper(
    process.execPath,
    [program, "--redis", redisUrl, "--slots", String(slots), "--name", name, ...more],
    environment,
  );
  await agent.says(/offers/);
  return agent;
}
