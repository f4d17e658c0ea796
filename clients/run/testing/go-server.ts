/**
 * For tests: a real third-party server built once from its Go module into a cache outside the tree, and started on its
 * own ports.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { answers } from "./listening.ts";

const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "holdfast", "servers");

/** A program built with `go install`, or why it is missing; `buildMs` limits the build time. */
export interface GoProgram {
  path: string;
  /** Why its tests are skipped; false when it is available. */
  missing: string | false;
}

/**
 * Programs that take many minutes to build are only built when this is set; previously built ones are used regardless.
 */
const buildsLarge = process.env.HOLDFAST_BUILD_SERVERS === "1";

/**
 * `module` as in `go install MODULE@VERSION`; the program is named after its last part that is not a version, and
 * cached under `keptAs` where that is ambiguous. Built within `buildMs` when it is not in the cache; large ones only on
 * request.
 */
export function goProgram(
  module: string,
  version: string,
  { buildMs, isLarge = false, keptAs }: { buildMs: number; isLarge?: boolean; keptAs?: string },
): GoProgram {
  const program = module.split("/").findLast((part) => !/^v[0-9]+$/.test(part)) ?? module;
  const name = keptAs ?? program;
  const path = join(cache, `${name}-${version}`);
  if (existsSync(path)) return { path, missing: false };
  if (isLarge && !buildsLarge)
    return {
      path,
      missing: `no ${name} ${version}, which takes minutes to build: HOLDFAST_BUILD_SERVERS=1 npm test builds it once`,
    };
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "build-"));
  try {
    const env = { ...process.env, GOBIN: folder, GOFLAGS: "", GOTOOLCHAIN: "local" };
    const made = spawnSync("go", ["install", `${module}@${version}`], { env, timeout: buildMs, encoding: "utf8" });
    const why = made.error?.message ?? made.stderr.trim().split("\n").at(-1) ?? "";
    if (made.status !== 0) return { path, missing: `no ${name} ${version}: go install: ${why}` };
    renameSync(join(folder, program), path);
    return { path, missing: false };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export class ServerProcess {
  readonly folder = mkdtempSync(join(tmpdir(), "holdfast-server-"));
  #child: ChildProcess | null = null;

  /** Starts a program and waits until it listens on a port, at most twenty seconds. */
  async start(program: string, words: readonly string[], port: number): Promise<void> {
    const child = spawn(program, words, { stdio: "ignore", cwd: this.folder });
    this.#child = child;
    for (let tries = 0; tries < 1000 && child.exitCode === null; tries++) {
      if (await answers(port)) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    this.stop();
    throw new Error(`expected ${program} to listen on ${port} within 20 s`);
  }

  stop(): void {
    this.#child?.kill("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }
}
