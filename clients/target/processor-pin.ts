/** Pins a target to processors. Node cannot set CPU affinity; util-linux's taskset can, and leaves no extra process. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { TargetError } from "./target-error.ts";

export type PinMechanism = "taskset" | "none";

export interface ProcessorPin {
  mechanism: PinMechanism;
  cpus: string | null;
  /** Why the target is not pinned although requested; otherwise null. */
  why: string | null;
  /** Put before the command. */
  prefix: string[];
}

function isOnPath(name: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The pin for a list such as "0", "0,1" or "0-3"; null requests none. Throws `start-failed` for other text. */
export function pinProcessors(cpus: string | null, available: boolean = isOnPath("taskset")): ProcessorPin {
  if (cpus === null) return { mechanism: "none", cpus: null, why: null, prefix: [] };
  if (!/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(cpus))
    throw new TargetError("start-failed", `cpus: expected a list such as 0 or 0,1 or 0-3, got "${cpus}"`);
  if (available) return { mechanism: "taskset", cpus, why: null, prefix: ["taskset", "-c", cpus] };
  return {
    mechanism: "none",
    cpus,
    why: "taskset is not installed (package util-linux), and Node cannot pin CPUs itself",
    prefix: [],
  };
}
