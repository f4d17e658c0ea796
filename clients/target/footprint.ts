/**
 * The base cost of a target: the time from its spawn to its first healthy response, and the size of its deployable
 * files.
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
/** Polling interval until the server listens, milliseconds: the resolution of the figure. */
const askEveryMs = 2;

/** One start: its duration, and what the server reports about itself. */
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

/**
 * Starts the target's server once, alone, and stops it again. Throws `start-failed` when it does not become healthy.
 */
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
 * Disk usage (allocated blocks) of the target's deployable paths, bytes: symbolic links are followed, and a file
 * reached twice, by hard links or otherwise, counts once. Null when a path is missing or none is listed.
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
 * Location of a deployable path. Packages in node_modules may be in a parent's: an installer places our dependencies
 * next to us, not below.
 */
function placeOf(folder: string, path: string): string {
  const whole = join(folder, path);
  const [, inside] = /[/\\]node_modules[/\\](.+)$/.exec(path) ?? [];
  if (inside === undefined || existsSync(whole)) return whole;
  for (let at = folder; dirname(at) !== at; at = dirname(at))
    if (existsSync(join(at, "node_modules", inside))) return join(at, "node_modules", inside);
  return whole;
}

/** The file behind a link; null for a broken link. */
function follow(path: string): Stats | null {
  return statSync(path, { throwIfNoEntry: false }) ?? null;
}
