/**
 * A client being compared: a process that opens connections to a pusher, reads for a while and prints one line of JSON.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { projectRoot } from "../clients/target/project-root.ts";

/**
 * Output of every contender. Latencies in milliseconds, from the pusher's write to the client's read (`read`) or the
 * kernel's stamp.
 */
export interface Outcome {
  opened: number;
  openMs: number;
  openCpuMs: number;
  pushes: number;
  pushCpuMs: number;
  /** Memory beyond the process's own before its first connection. */
  rssBytes: number;
  /** Memory of all the contender's processes, including their base memory. */
  totalRssBytes?: number;
  read: Delay | null;
  kernel: Delay | null;
}

export interface Delay {
  p50: number;
  p99: number;
  max: number;
}

export type Contender = "holdfast" | "loop" | "ws" | "net" | "mqtt";

const peers = fileURLToPath(new URL("./peers/", import.meta.url));
const built = join(projectRoot, "bench/build");

/** Compiles a C file of bench/peers, once. Null without a compiler. */
export async function compile(name: string): Promise<string | null> {
  const source = join(projectRoot, "bench/peers", `${name}.c`);
  const output = join(built, name);
  if (existsSync(output) && statSync(output).mtimeMs >= statSync(source).mtimeMs) return output;
  mkdirSync(built, { recursive: true });
  const compiler = process.env.CC ?? "cc";
  return new Promise((resolve, reject) => {
    execFile(compiler, ["-O2", "-o", output, source], (error, _, stderr) => {
      if (error === null) resolve(output);
      else if (error.code === "ENOENT") resolve(null);
      else reject(new Error(`${compiler} ${name}.c: ${stderr}`));
    });
  });
}

/** The command of a contender; null when it cannot run here. */
async function commandOf(contender: Contender, checkout?: string): Promise<string[] | null> {
  if (contender === "loop") {
    const loop = await compile("loop");
    return loop === null ? null : [loop];
  }
  return [
    process.execPath,
    "--expose-gc",
    join(checkout === undefined ? peers : join(checkout, "dist/bench/peers"), `${contender}-client.js`),
  ];
}

const mostMs = 300_000;

export interface Contest {
  connections: number;
  /** Loopback ports; only Holdfast uses more than one. */
  ports: readonly number[];
  /** How long to read after the last connection opened. */
  seconds: number;
  /** The pushers' interval. */
  intervalMs: number;
  /** Shard processes of Holdfast; default: derived from the plan. */
  shards?: number;
  /** Path to request; default: /push. */
  path?: string;
  /** Protocol of the connections; default: WebSocket. */
  protocol?: "mqtt";
  /** File with the authority of TLS servers. */
  authority?: string;
  /** Highest TLS version; only for Holdfast. */
  maxVersion?: "1.2" | "1.3";
  /** Engine of Holdfast; default: kernel. */
  engine?: "kernel" | "portable";
  /** Whether to offer permessage-deflate. */
  compression?: boolean;
  /** Another built checkout whose client of this name to run; default: this one. */
  checkout?: string;
}

type Wishes = Omit<Contest, "connections" | "ports" | "seconds" | "checkout">;

/** Environment variables for a contender; omitted options are not set. */
const wishes = (wanted: Wishes): Record<string, string> =>
  Object.fromEntries(
    Object.entries({
      BENCH_INTERVAL_MS: wanted.intervalMs,
      BENCH_PATH: wanted.path ?? "/push",
      BENCH_PROTOCOL: wanted.protocol,
      BENCH_SHARDS: wanted.shards,
      BENCH_AUTHORITY: wanted.authority,
      BENCH_TLS_VERSION: wanted.maxVersion,
      BENCH_ENGINE: wanted.engine,
      BENCH_COMPRESSION: wanted.compression === true ? "yes" : undefined,
    }).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );

/** Runs a contender to its end. Null when it cannot run here. */
export async function contend(
  contender: Contender,
  { connections, ports, seconds, checkout, ...rest }: Contest,
): Promise<Outcome | null> {
  const command = await commandOf(contender, checkout);
  if (command === null) return null;
  const [file = "", ...args] = command;
  const env = { ...process.env, ...wishes(rest) };
  return new Promise((resolve, reject) => {
    execFile(
      file,
      [...args, String(connections), ports.join(","), String(seconds)],
      { timeout: mostMs, maxBuffer: 1 << 24, env },
      (error, stdout, stderr) => {
        if (error !== null) reject(new Error(`${contender}: ${stderr || error.message}`));
        else resolve(JSON.parse(stdout) as Outcome);
      },
    );
  });
}

/** The contenders that can run here, and a note on each that cannot. */
export async function availableContenders(
  wanted: readonly Contender[],
): Promise<{ contenders: Contender[]; notes: string[] }> {
  const hasCompiler = (await compile("loop")) !== null;
  const contenders = wanted.filter((name) => name !== "loop" || hasCompiler);
  return {
    contenders,
    notes:
      contenders.length === wanted.length
        ? []
        : ["The C loop was skipped: no C compiler (apt-get install gcc libc6-dev)."],
  };
}

/** An unused port below the usual ephemeral range. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = 21_000 + Math.floor(Math.random() * 9000);
    const isFree = await new Promise<boolean>((resolve) => {
      const server = createServer();
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
  throw new Error("no free port between 21,000 and 30,000");
}

export interface Pusher {
  port: number;
  pid: number;
  stop(): void | Promise<void>;
}

/** Running pushers, which are ended with this process. */
const started = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of started) child.kill("SIGKILL");
});

/** Starts a server of bench/peers on a free port, passed as its first argument. Throws without a C compiler. */
export async function startServer(name: string, args: readonly (string | number)[] = []): Promise<Pusher> {
  const program = await compile(name);
  if (program === null) throw new Error(`the reference ${name} needs a C compiler: apt-get install gcc libc6-dev`);
  const port = await freePort();
  const child = spawn(program, [port, ...args].map(String), { stdio: ["ignore", "ignore", "inherit"] });
  started.add(child);
  const stop = (): void => {
    started.delete(child);
    child.kill("SIGKILL");
  };
  for (let tries = 0; ; tries++) {
    const answers = await fetch(`http://127.0.0.1:${port}/healthz`).then(
      () => true,
      () => false,
    );
    if (answers) return { port, pid: child.pid ?? 0, stop };
    if (tries > 100 || child.exitCode !== null) throw new Error(`the reference ${name} did not start`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The reference pusher. */
export const startPusher = (intervalMs: number, firstTickAfterMs = 0): Promise<Pusher> =>
  startServer("pusher", [intervalMs, firstTickAfterMs]);
