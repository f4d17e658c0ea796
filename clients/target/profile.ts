/** Takes and reads a target's profile in its runtime's own format, as specified by its manifest's `profiler`. */
import { execFile } from "node:child_process";
import { createWriteStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { get } from "node:http";
import { basename, dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import type { ProfileSummary } from "../measure/profile/call-tree.ts";
import { summarizeCpuProfile } from "../measure/profile/cpu-profile.ts";
import { summarizePprof } from "../measure/profile/pprof.ts";
import { summarizePstats } from "../measure/profile/pstats.ts";
import { fillCommand, type ManifestTarget } from "./manifest.ts";
import { findPort, type HeldPort } from "./port.ts";

export type Profiler = NonNullable<ManifestTarget["profiler"]>;

const extensions: Record<Profiler["format"], string> = { pprof: "pb.gz", pstats: "pstats", cpuprofile: "cpuprofile" };
/** A larger profile is kept but not read: profiling for a day produces gigabytes. */
const mostBytes = 512 << 20;
const helperTimeoutMs = 120_000;

/** File name of a profile; `of` becomes part of it. */
export const profileName = (of: string, { format }: Profiler): string =>
  `profile-${of.replace(/[^A-Za-z0-9]+/g, "-")}.${extensions[format]}`;

/** Modifies a command so that it writes a profile to `path`, or serves it at `address`. */
export function withProfiler(
  profiler: Profiler,
  command: readonly string[],
  what: "serve" | "pipeline",
  fields: { profile: string; address: string },
): string[] {
  const [program = "", ...rest] = command;
  if (profiler.format === "cpuprofile") {
    return [
      program,
      "--cpu-prof",
      `--cpu-prof-dir=${dirname(fields.profile)}`,
      `--cpu-prof-name=${basename(fields.profile)}`,
      ...rest,
    ];
  }
  return [...command, ...fillCommand(["", ...(profiler[what] ?? [])], fields).slice(1)];
}

/** Reads a profile. Throws an error that says what is wrong with it. */
export async function readProfile(target: ManifestTarget, profiler: Profiler, path: string): Promise<ProfileSummary> {
  const { size } = await stat(path).catch(() => ({ size: -1 }));
  if (size <= 0)
    throw new Error(`the runtime wrote no profile to ${basename(path)}: it writes one only when it exits by itself`);
  if (size > mostBytes)
    throw new Error(
      `the profile has ${(size / 2 ** 20).toFixed(0)} MiB, but at most ${mostBytes / 2 ** 20} are read; use a shorter hold`,
    );
  switch (profiler.format) {
    case "pprof":
      return summarizePprof(await readFile(path));
    case "cpuprofile":
      return summarizeCpuProfile(await readFile(path, "utf8"));
    case "pstats":
      return summarizePstats(await toJson(target, profiler, path));
  }
}

/** pstats files depend on the interpreter's version, so the same interpreter converts them to JSON. */
function toJson({ folder }: ManifestTarget, { toJson: command }: Profiler, path: string): Promise<string> {
  const [file = "", ...rest] = fillCommand(command ?? [], { profile: path });
  return new Promise((resolve, reject) => {
    execFile(
      file,
      rest,
      { cwd: folder, timeout: helperTimeoutMs, maxBuffer: mostBytes, encoding: "utf8" },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(`"${[file, ...rest].join(" ")}": ${stderr.trim().split("\n").at(-1) || error.message}`));
      },
    );
  });
}

/** The profile of a server's first replica only, so that the others show the profiler's overhead. */
export class ServerProfile {
  readonly profiler: Profiler;
  readonly path: string;
  readonly #port: HeldPort | null;
  #fetched: Promise<void> | null = null;
  readonly #gone = new AbortController();

  constructor(profiler: Profiler, path: string, port: HeldPort | null) {
    this.profiler = profiler;
    this.path = path;
    this.#port = port;
  }

  /** Prepares to profile a target that is about to be started. */
  static async prepare(profiler: Profiler, path: string): Promise<ServerProfile> {
    return new ServerProfile(profiler, path, profiler.format === "pprof" ? await findPort() : null);
  }

  /** For `startTarget`: modifies the command of the first replica. */
  wrap(command: readonly string[], replica: number): string[] {
    if (replica !== 0) return [...command];
    // The target binds it some milliseconds later.
    void this.#port?.release();
    return withProfiler(this.profiler, command, "serve", {
      profile: this.path,
      address: `127.0.0.1:${this.#port?.port ?? 0}`,
    });
  }

  /** Call when the hold begins, with its length. Go is profiled only during it; other runtimes since their start. */
  begin(holdMs: number): void {
    if (this.#port === null) return;
    const seconds = Math.max(1, Math.floor(holdMs / 1000));
    this.#fetched = fetchTo(
      `http://127.0.0.1:${this.#port.port}/debug/pprof/profile?seconds=${seconds}`,
      this.path,
      this.#gone.signal,
    );
    this.#fetched.catch(() => {});
  }

  /**
   * Call when the target has exited: by then the profile is on disk or never will be. Throws when it could not be
   * taken.
   */
  async settle(): Promise<void> {
    void this.#port?.release();
    if (this.#port !== null && this.#fetched === null) throw new Error("the hold never started");
    // The target is gone: a fetch that is not complete soon never will be.
    const patience = setTimeout(() => this.#gone.abort(), 2000);
    await this.#fetched?.finally(() => clearTimeout(patience));
    clearTimeout(patience);
  }
}

function fetchTo(url: string, path: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, signal }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${url} answered ${response.statusCode}`));
      else pipeline(response, createWriteStream(path)).then(resolve, reject);
    });
    request.on("error", reject);
  });
}
