/** Starts a built-in target for one run and stops it: ports, processes, limits, health. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { lastLines } from "./build.ts";
import { type Health, waitForHealth } from "./health.ts";
import { type KeptProcess, keepProcess, type TargetExit } from "./keeper/kept-process.ts";
import { fillCommand, type ManifestTarget } from "./manifest.ts";
import { limitMemory, type MemoryLimit, type MemoryMechanism } from "./memory-limit.ts";
import { findPort } from "./port.ts";
import { type PinMechanism, type ProcessorPin, pinProcessors } from "./processor-pin.ts";
import { TargetError } from "./target-error.ts";

export interface StartOptions {
  /** Folder for target-NAME-REPLICA.log; created if missing. */
  logFolder: string;
  /** Number of processes, default 1. */
  replicas?: number;
  /** Processors shared by all replicas, e.g. "0" or "0,1". */
  cpus?: string | null;
  /** Limit on the resident memory of each replica, MiB. */
  memoryMiB?: number | null;
  /** redis:// URL, or empty when the run needs none. */
  redisUrl?: string;
  /** The rehearsal target's fault script and account file; `{replica}` in them is replaced by the replica's number. */
  extra?: { faults?: string; account?: string };
  /** PEM files with which the target serves TLS on both ports. */
  tls?: { certificate: string; key: string };
  /** Modifies the command before it is started, to run it under a profiler. */
  wrap?: (command: readonly string[], replica: number) => string[];
  /** Longest time until /healthz responds, for each replica, milliseconds; default 30,000. */
  healthWithinMs?: number;
}

/** Address of one replica. `url` is its http:// or https:// base without a trailing slash. */
export interface TargetEndpoint {
  url: string;
  host: string;
  port: number;
  tcpPort: number;
}

/** How a replica exited, on its own or through {@link TargetHandle.stop}. */
export interface ReplicaExit extends TargetExit {
  replica: number;
}

/** Which limits apply to the target and how they are enforced; `why` says why a requested limit was not met in full. */
export interface LimitsInForce {
  memory: { mechanism: MemoryMechanism; limitMiB: number | null; why: string | null };
  cpu: { mechanism: PinMechanism; cpus: string | null; why: string | null };
}

export interface TargetHandle {
  name: string;
  /** Runtime and framework as reported by the target. */
  version: string;
  settings: Health["settings"];
  endpoints: TargetEndpoint[];
  /** One per replica; each is the root of the process tree to sample. */
  pids: number[];
  limits: LimitsInForce;
  logPaths: string[];
  /** The exit of each replica. */
  exits: Promise<ReplicaExit>[];
  /** Stops all replicas and waits until they are gone: SIGTERM, 5 s, SIGKILL. Idempotent. */
  stop(): Promise<void>;
}

interface Replica {
  kept: KeptProcess;
  health: Health;
  endpoint: TargetEndpoint;
  limit: MemoryLimit;
  logPath: string;
  exited: Promise<ReplicaExit>;
  stop(): Promise<void>;
}

const host = "127.0.0.1";
/**
 * Environment variable with the target's Redis URL, which may contain a password: command lines are readable by every
 * user of the machine.
 */
const redisVariable = "HOLDFAST_REDIS_URL";
const attempts = 4;
const portTaken = /EADDRINUSE|address already in use/i;

/**
 * Starts every replica and waits until all are healthy. On failure nothing is left running. Throws `start-failed` with
 * the log's last lines.
 */
export async function startTarget(target: ManifestTarget, options: StartOptions): Promise<TargetHandle> {
  const pin = pinProcessors(options.cpus ?? null);
  mkdirSync(options.logFolder, { recursive: true });
  const numbers = Array.from({ length: options.replicas ?? 1 }, (_, replica) => replica);
  const results = await Promise.allSettled(numbers.map((replica) => startReplica(target, options, pin, replica)));
  const replicas = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const failure = results.find((result) => result.status === "rejected");
  if (failure !== undefined) {
    await Promise.all(replicas.map((replica) => replica.stop()));
    throw failure.reason;
  }
  const first = replicas[0];
  if (first === undefined)
    throw new TargetError("start-failed", `replicas: expected at least 1, got ${options.replicas}`);
  const { mechanism, limitMiB, why } = first.limit;
  return {
    name: first.health.name,
    version: [first.health.runtime, first.health.framework].filter((part) => part !== "").join(", "),
    settings: first.health.settings,
    endpoints: replicas.map((replica) => replica.endpoint),
    pids: replicas.map((replica) => replica.kept.pid),
    limits: { memory: { mechanism, limitMiB, why }, cpu: { mechanism: pin.mechanism, cpus: pin.cpus, why: pin.why } },
    logPaths: replicas.map((replica) => replica.logPath),
    exits: replicas.map((replica) => replica.exited),
    stop: async () => void (await Promise.all(replicas.map((replica) => replica.stop()))),
  };
}

/** Starts one replica, retrying on other ports when one was taken between our release and the target's bind. */
async function startReplica(
  target: ManifestTarget,
  options: StartOptions,
  pin: ProcessorPin,
  replica: number,
): Promise<Replica> {
  for (let attempt = 1; ; attempt++) {
    const logPath = join(options.logFolder, `target-${target.name}-${replica}.log`);
    const before = lastLines(logPath, Number.POSITIVE_INFINITY).length;
    try {
      return await tryReplica(target, options, pin, { replica, logPath });
    } catch (error) {
      const written = lastLines(logPath, Number.POSITIVE_INFINITY).slice(before);
      if (attempt === attempts || !portTaken.test(written)) throw error;
    }
  }
}

async function tryReplica(
  target: ManifestTarget,
  options: StartOptions,
  pin: ProcessorPin,
  at: { replica: number; logPath: string },
): Promise<Replica> {
  const { replica, logPath } = at;
  const [port, tcpPort] = await Promise.all([findPort(), findPort()]);
  const release = async (): Promise<void> => void (await Promise.all([port.release(), tcpPort.release()]));
  const limit = limitMemory(
    options.memoryMiB ?? null,
    `holdfast-${process.pid}-${target.name}-${replica}-${port.port}`,
  );
  const endpoint = {
    url: `${options.tls === undefined ? "http" : "https"}://${host}:${port.port}`,
    host,
    port: port.port,
    tcpPort: tcpPort.port,
  };
  const command = commandOf(target, options, endpoint, replica);
  const order = {
    command: [...pin.prefix, ...(options.wrap?.(command, replica) ?? command)],
    folder: target.folder,
    environment: { [redisVariable]: options.redisUrl ?? "" },
    logPath,
    cgroupProcs: limit.cgroupProcs,
    watchMemoryMiB: limit.mechanism === "watchdog" ? limit.limitMiB : null,
  };
  let kept: KeptProcess;
  try {
    kept = await keepProcess(order, release);
  } catch (error) {
    await release().catch(() => {});
    limit.release();
    throw error;
  }
  const stop = async (): Promise<void> => {
    await kept.stop();
    limit.release();
  };
  const exited = kept.exited.then((exit) => ({ ...exit, memoryLimit: exit.memoryLimit || limit.wasHit(), replica }));
  try {
    const health = await becomeHealthy(target, options, { kept, endpoint, logPath });
    return { kept, health, endpoint, limit, logPath, exited, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function commandOf(target: ManifestTarget, options: StartOptions, endpoint: TargetEndpoint, replica: number): string[] {
  const numbered = (path: string | undefined): string => (path ?? "").replaceAll("{replica}", String(replica));
  const start = fillCommand(target.start, {
    host,
    port: String(endpoint.port),
    tcpPort: String(endpoint.tcpPort),
    faults: numbered(options.extra?.faults),
    account: numbered(options.extra?.account),
  });
  if (options.tls === undefined) return start;
  const { certificate, key } = options.tls;
  return [...start, ...fillCommand(target.tls ?? [], { certificate, key })];
}

async function becomeHealthy(
  target: ManifestTarget,
  options: StartOptions,
  started: Pick<Replica, "kept" | "endpoint" | "logPath">,
): Promise<Health> {
  const { kept, endpoint, logPath } = started;
  const withinMs = options.healthWithinMs ?? 30_000;
  const died = new AbortController();
  const exit = kept.exited.then((ended) => {
    died.abort();
    return ended;
  });
  const health = await waitForHealth(host, endpoint.port, withinMs, died.signal, options.tls !== undefined);
  const log = (): string => `log ${logPath}:\n${lastLines(logPath, 15)}`;
  if (died.signal.aborted) {
    const { code, signal, memoryLimit } = await exit;
    const how = memoryLimit ? "was killed at its memory limit" : `exited with ${code ?? signal}`;
    throw new TargetError("start-failed", `starting target ${target.name}: it ${how} before it was ready; ${log()}`);
  }
  if (health === null) {
    throw new TargetError(
      "start-failed",
      `starting target ${target.name}: expected ${endpoint.url}/healthz to answer within ${withinMs / 1000} s, but it did not; ${log()}`,
    );
  }
  if (health.name !== target.name) {
    throw new TargetError(
      "start-failed",
      `starting target ${target.name}: ${endpoint.url} is served by a different target, ${health.name}; ${log()}`,
    );
  }
  return health;
}
