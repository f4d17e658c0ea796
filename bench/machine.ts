/** The machine and the versions with which figures were measured. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { readHostFacts } from "../clients/target/host.ts";
import { projectRoot } from "../clients/target/project-root.ts";
import { toolVersions, versionOf } from "./tools.ts";

export interface Machine {
  os: string;
  kernel: string;
  cpu: string;
  cores: number;
  memoryMiB: number;
  /** Load average of the last minute when the row began: above 0.2 other programs were active. */
  load: number;
  /** Program or package -> version; absent when it is not installed. */
  versions: Record<string, string>;
}

function packageVersion(name: string): string | null {
  try {
    return (
      JSON.parse(readFileSync(join(projectRoot, "node_modules", name, "package.json"), "utf8")) as { version: string }
    ).version;
  } catch {
    return null;
  }
}

export function readMachine(): Machine {
  const { os, kernel, cpu, cores, memoryMiB, node } = readHostFacts(true);
  const found: Record<string, string | null> = {
    node,
    koffi: packageVersion("koffi"),
    ws: packageVersion("ws"),
    autocannon: packageVersion("autocannon"),
    cc: versionOf(process.env.CC ?? "cc", ["--version"]),
    go: versionOf("go", ["version"]),
    ...toolVersions(),
  };
  const versions = Object.fromEntries(
    Object.entries(found).filter((entry): entry is [string, string] => entry[1] !== null),
  );
  return { os, kernel, cpu, cores, memoryMiB, load: loadavg()[0] ?? 0, versions };
}

/** Short name of the measured commit; with "+" when there are uncommitted changes. */
export function readCommit(): string {
  const git = (...args: string[]): string =>
    execFileSync("git", args, { cwd: projectRoot, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  try {
    return (
      git("rev-parse", "--short", "HEAD") +
      (git("status", "--porcelain", "--", "clients", "services", "bench/peers") === "" ? "" : "+")
    );
  } catch {
    return "unknown";
  }
}
