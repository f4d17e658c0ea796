/**
 * Profiling of the command that a keeper starts. Profiler and folder come from the keeper's own command line, never from
 * the network.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { readChildren } from "../../clients/measure/host/process-files.ts";

export const profilers = ["node", "perf"] as const;
export type ProfilerName = (typeof profilers)[number];

/** 99 samples a second with stacks; the user's build-id cache is left alone. */
const perfRecord = ["record", "--quiet", "--freq", "99", "-g", "--no-buildid-cache", "--output"];

/** Why `perf` cannot profile on this machine; null when it can. Finds out by recording `true`. */
export function perfProblem(): string | null {
  const { error, status, stderr } = spawnSync("perf", [...perfRecord, "/dev/null", "--", "true"], {
    encoding: "utf8",
    timeout: 10_000,
  });
  if ((error as NodeJS.ErrnoException | undefined)?.code === "ENOENT")
    return "perf is not installed here (Debian's package linux-perf)";
  if (error !== undefined) return `perf cannot be run: ${error.message}`;
  if (status === 0) return null;
  const said = stderr.split("\n").find((line) => line.trim() !== "") ?? `exit code ${status}`;
  return `perf cannot record here: ${said.trim()} (sysctl kernel.perf_event_paranoid, or run the keeper as root)`;
}

/** How to start a command under the profiler, and the folder for this start's profile. */
export interface ProfiledStart {
  words: readonly [string, ...string[]];
  environment: Record<string, string>;
  folder: string;
}

export class CommandProfile {
  readonly by: ProfilerName;
  readonly #folder: string;
  #starts = 0;

  /** `folder` is absolute. */
  constructor(by: ProfilerName, folder: string) {
    this.by = by;
    this.#folder = folder;
  }

  /** Creates the folder for one more start. Throws when it cannot be created. */
  start(command: string): ProfiledStart {
    this.#starts++;
    const instant = new Date().toISOString().replace(/[:.]/g, "-");
    const folder = join(this.#folder, `${instant}-${process.pid}-${this.#starts}`);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const shell = ["/bin/sh", "-c", command] as const;
    switch (this.by) {
      case "perf":
        return { words: ["perf", ...perfRecord, join(folder, "perf.data"), "--", ...shell], environment: {}, folder };
      case "node": {
        const hook = pathToFileURL(fileURLToPath(new URL("node-profiler.js", import.meta.url))).href;
        const options = [process.env.NODE_OPTIONS, `--import=${hook}`].filter((word) => word);
        const environment = { NODE_OPTIONS: options.join(" "), HOLDFAST_KEEPER_PROFILE_FOLDER: folder };
        return { words: shell, environment, folder };
      }
    }
  }

  /** The command's first process: below perf, if that is used; null when it has not started yet. */
  rootOf(leader: number): number | null {
    return this.by === "perf" ? (readChildren(leader)[0] ?? null) : leader;
  }

  /** A sentence on the profile that one start left. */
  outcome(folder: string): string {
    const files = readdirSync(folder).map((file) => join(folder, file));
    if (files.length > 0) return `profile: ${files.join(", ")}`;
    return this.by === "perf"
      ? `no profile in ${folder}: perf was ended by force`
      : `no profile in ${folder}: no process of the command was a Node that ended by itself or on SIGTERM`;
  }
}
