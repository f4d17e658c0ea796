/** Starts a built-in target for one run and ends it: ports, processes, limits, health. */
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
  /** Where target-NAME-REPLICA.log goes; made when missing. */
  logFolder: string;
  /** Processes of the target, 1 by default. */
  replicas?: number;
  /** Processors all replicas may use, e.g. "0" or "0,1". */
  cpus?: string | null;
  /** Bound on the resident memory of each replica. */
  memoryMiB?: number | null;
  /** redis:// URL, or empty when the run needs none. */
  redisUrl?: string;
  /**
   * Script of faults and file for the account, for the rehearsal target; `{replica}` in them is the replica's number.
   */
  extra?: { faults?: string; account?: string };
  /** Files in PEM with which the target serves TLS on both ports. */
  tls?: { certificate: string; key: string };
  /** Changes the command before it is started, to run it under a profiler. */
  wrap?: (command: readonly string[], replica: number) => string[];
  /** How long each replica may take until /healthz answers, 30,000 by default. */
  healthWithinMs?: number;
}

/** Where one replica listens. `url` is its http:// or https:// base, without a slash at the end. */
export interface TargetEndpoint {
  url: string;
  host: string;
  port: number;
  tcpPort: number;
}

/** How a replica ended, by itself or by {@link TargetHandle.stop}. */
export interface ReplicaExit extends TargetExit {
  replica: number;
}

/** What bounds the target, and by which means; `why` says why a wish was not met in full. */
export interface LimitsInForce {
  memory: { mechanism: MemoryMechanism; limitMiB: number | null; why: string | null };
  cpu: { mechanism: PinMechanism; cpus: string | null; why: string | null };
}

export interface TargetHandle {
  name: string;
  /** Runtime and framework, as the target says them. */
  version: string;
  settings: Health["settings"];
  endpoints: TargetEndpoint[];
  /** One per replica; each leads the process tree to be sampled. */
  pids: number[];
  limits: LimitsInForce;
  logPaths: string[];
  /** The end of each replica. */
  exits: Promise<ReplicaExit>[];
  /** Ends all replicas and waits until nothing is left of them: SIGTERM, 5 s, SIGKILL. May be called again. */
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
 * How a target is given its Redis: a URL may hold a password, and command lines can be read by every user of the
 * machine.
 */
const redisVariable = "HOLDFAST_REDIS_URL";
const attempts = 4;
const portTaken = /EADDRINUSE|address already in use/i;

/**
 * Starts every replica and waits until all are healthy. On any failure nothing is left running. Throws `start-failed`
 * with the log's last lines.
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

/** One replica, on other ports when somebody took ours between letting go of them and the target's bind. */
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
