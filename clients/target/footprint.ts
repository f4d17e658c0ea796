/**
 * What a target costs before it does anything: the time from its spawn to its first healthy answer, and the bytes one
 * would deploy.
 */
import { existsSync, lstatSync, readdirSync, realpathSync, type Stats, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Health, readHealth } from "./health.ts";
import { keepProcess } from "./keeper/kept-process.ts";
import { fillCommand, type ManifestTarget } from "./manifest.ts";
import { findPort } from "./port.ts";
import { pinProcessors } from "./processor-pin.ts";
import { TargetError } from "./target-error.ts";

const host = "127.0.0.1";
const withinMs = 60_000;
/** Between two asks while nobody listens yet: the resolution of the figure. */
const askEveryMs = 2;

/** One start: how long it took, and what the server says of itself. */
export interface Start {
  elapsedMs: number;
  health: Health;
}

async function askUntilHealthy(port: number, stop: AbortSignal): Promise<Health | null> {
  const untilMs = performance.now() + withinMs;
  while (!stop.aborted && performance.now() < untilMs) {
    const health = await readHealth(host, port);
    if (health !== null) return health;
    await new Promise((resolve) => setTimeout(resolve, askEveryMs));
  }
  return null;
}

/** Starts the target's server once, alone, and ends it again. Throws `start-failed` when it does not come up. */
export async function timeStart(
  target: ManifestTarget,
  logPath: string,
  cpus: string | null,
  signal?: AbortSignal,
): Promise<Start> {
  const [port, tcpPort] = await Promise.all([findPort(), findPort()]);
  const fields = { host, port: String(port.port), tcpPort: String(tcpPort.port), faults: "", account: "" };
  const command = [...pinProcessors(cpus).prefix, ...fillCommand(target.start, fields)];
  const gone = new AbortController();
  let startMs = 0;
  let healthy: Promise<Health | null> = Promise.resolve(null);
  const kept = await keepProcess(
    { command, folder: target.folder, environment: {}, logPath, cgroupProcs: null, watchMemoryMiB: null },
    async () => {
      await Promise.all([port.release(), tcpPort.release()]);
      startMs = performance.now();
      healthy = askUntilHealthy(port.port, AbortSignal.any([gone.signal, ...(signal === undefined ? [] : [signal])]));
    },
  );
  kept.exited.then(() => gone.abort());
  try {
    const health = await healthy;
    const elapsedMs = performance.now() - startMs;
    signal?.throwIfAborted();
    if (health === null)
      throw new TargetError(
        "start-failed",
        `starting target ${target.name}: expected a healthy answer within ${withinMs / 1000} s; log ${logPath}`,
      );
    return { elapsedMs, health };
  } finally {
    gone.abort();
    await kept.stop();
  }
}

/**
 * Bytes on disk (allocated blocks) of the target's deployable paths: links are followed to the real file, and a file
 * that is reached twice, by hard links or otherwise, counts once. Null when a path is missing or none is named.
 */
export function deployableBytes(target: Pick<ManifestTarget, "folder" | "deployable">): number | null {
  const seen = new Set<string>();
  let bytes = 0;
  const isNew = ({ dev, ino }: Stats): boolean => {
    const key = `${dev}:${ino}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  };
  const walk = (path: string): void => {
    const stat = lstatSync(path).isSymbolicLink() ? follow(path) : lstatSync(path);
    if (stat === null || !isNew(stat)) return;
    bytes += stat.blocks * 512;
    if (stat.isDirectory()) for (const name of readdirSync(path)) walk(join(path, name));
  };
  try {
    for (const path of target.deployable) walk(realpathSync(placeOf(target.folder, path)));
  } catch {
    return null;
  }
  return target.deployable.length === 0 ? null : bytes;
}

/**
 * Where a deployable path lies. What is said to be in node_modules may be in one further up: an installer puts our
 * dependencies beside us, not below.
 */
function placeOf(folder: string, path: string): string {
  const whole = join(folder, path);
  const [, inside] = /[/\\]node_modules[/\\](.+)$/.exec(path) ?? [];
  if (inside === undefined || existsSync(whole)) return whole;
  for (let at = folder; dirname(at) !== at; at = dirname(at))
    if (existsSync(join(at, "node_modules", inside))) return join(at, "node_modules", inside);
  return whole;
}

/** The file behind a link; null for a link to nowhere. */
function follow(path: string): Stats | null {
  return statSync(path, { throwIfNoEntry: false }) ?? null;
}
