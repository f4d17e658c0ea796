/** The report's `host` block: the machine on which the figures were measured. */
import { readFileSync } from "node:fs";
import { cpus, hostname, release, totalmem, type } from "node:os";
import { holdfastVersion } from "./project-root.ts";

/** This host; `sharedWithTarget` says whether the target ran on it too. */
export interface HostFacts {
  name: string;
  os: string;
  kernel: string;
  cpu: string;
  cores: number;
  memoryMiB: number;
  node: string;
  holdfast: string;
  sharedWithTarget: boolean;
}

/** PRETTY_NAME of an os-release file (os-release(5)), null when it has none. */
export function parseOsName(text: string): string | null {
  return /^PRETTY_NAME=(["']?)(.*)\1$/m.exec(text)?.[2] ?? null;
}

function osName(): string {
  try {
    return parseOsName(readFileSync("/etc/os-release", "utf8")) ?? type();
  } catch {
    return type();
  }
}

/** Reads the facts of this host. */
export function readHostFacts(sharedWithTarget: boolean): HostFacts {
  const processors = cpus();
  return {
    name: hostname(),
    os: osName(),
    kernel: release(),
    cpu: processors[0]?.model.trim() || "unknown",
    cores: processors.length,
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    node: process.versions.node,
    holdfast: holdfastVersion(),
    sharedWithTarget,
  };
}
