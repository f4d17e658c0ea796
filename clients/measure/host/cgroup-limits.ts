/** Limits of the cgroups this process belongs to: version 2, version 1, or both mounted at once. */
import type { ReadText } from "./process-files.ts";

/** The tightest limit among the process's cgroups, and the usage counted against it; null without such a limit. */
export interface CgroupLimits {
  cgroupMemoryMaxMiB: number | null;
  cgroupMemoryUsedMiB: number | null;
  pidsMax: number | null;
  pidsCount: number | null;
  /** CPU quota in cores; null without a quota. */
  quotaCores: number | null;
}

const mount = "/sys/fs/cgroup";

/** The folders of this process's cgroup and its ancestors, nearest first. `controller` is null for version 2. */
function foldersOf(membership: string, controller: string | null): string[] {
  for (const line of membership.trim().split("\n")) {
    const [, controllers = "", path = "/"] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    const found = controller === null ? controllers === "" : controllers.split(",").includes(controller);
    if (!found) continue;
    const base = controller === null ? mount : `${mount}/${controller}`;
    const parts = path.split("/").filter((part) => part !== "");
    // In a container the path may be the host's, while only the mount's root is visible.
    return parts.map((_, index) => `${base}/${parts.slice(0, parts.length - index).join("/")}`).concat(base);
  }
  return [];
}

/** The lowest value of a file in our cgroup and its ancestors; "max" and version 1's huge numbers mean no limit. */
function tightest(read: ReadText, folders: readonly string[], file: string): { value: number; folder: string } | null {
  let best: { value: number; folder: string } | null = null;
  for (const folder of folders) {
    const value = Number.parseInt(read(`${folder}/${file}`) ?? "", 10);
    if (!Number.isFinite(value) || value < 0 || value >= 2 ** 60) continue;
    if (best === null || value < best.value) best = { value, folder };
  }
  return best;
}

function readNumber(read: ReadText, path: string | null): number | null {
  const value = Number.parseInt((path === null ? null : read(path)) ?? "", 10);
  return Number.isFinite(value) ? value : null;
}

/** `cpu.max` is "quota period" in microseconds, or "max period" without a quota. */
function quotaOf(read: ReadText, version2: readonly string[], version1: readonly string[]): number | null {
  let cores: number | null = null;
  const take = (quota: number, period: number): void => {
    if (quota > 0 && period > 0) cores = Math.min(cores ?? Number.POSITIVE_INFINITY, quota / period);
  };
  for (const folder of version2) {
    const [quota, period] = (read(`${folder}/cpu.max`) ?? "").split(" ").map(Number);
    take(quota ?? 0, period ?? 0);
  }
  for (const folder of version1)
    take(Number(read(`${folder}/cpu.cfs_quota_us`) ?? 0), Number(read(`${folder}/cpu.cfs_period_us`) ?? 0));
  return cores;
}

/** Memory, process and CPU limits of this process's cgroups; each null without a limit. */
export function ownCgroupLimits(read: ReadText): CgroupLimits {
  const membership = read("/proc/self/cgroup") ?? "";
  const version2 = foldersOf(membership, null);
  const pick = (controller: string, file2: string, file1: string): { value: number; folder: string } | null =>
    tightest(read, version2, file2) ?? tightest(read, foldersOf(membership, controller), file1);
  const memory = pick("memory", "memory.max", "memory.limit_in_bytes");
  const pids = pick("pids", "pids.max", "pids.max");
  const used =
    memory === null
      ? null
      : (readNumber(read, `${memory.folder}/memory.current`) ??
        readNumber(read, `${memory.folder}/memory.usage_in_bytes`));
  return {
    cgroupMemoryMaxMiB: memory === null ? null : memory.value / 2 ** 20,
    cgroupMemoryUsedMiB: used === null ? null : used / 2 ** 20,
    pidsMax: pids?.value ?? null,
    pidsCount: pids === null ? null : readNumber(read, `${pids.folder}/pids.current`),
    quotaCores: quotaOf(read, version2, foldersOf(membership, "cpu")),
  };
}
