/** Builds a target when an input is newer than its output; otherwise this costs only a few stat calls. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync, statSync, utimesSync, writeSync } from "node:fs";
import { join } from "node:path";
import { fillCommand, type ManifestTarget } from "./manifest.ts";
import { newestInputMs } from "./newest-input.ts";
import { projectRoot } from "./project-root.ts";
import { TargetError } from "./target-error.ts";

export interface BuildOptions {
  /** Folder for build-NAME.log; default: the project's `.setup`. */
  logFolder?: string;
  /** Called with a human-readable line when a command starts. */
  onProgress?: (line: string) => void;
}

export interface BuildResult {
  name: string;
  built: boolean;
  elapsedMs: number;
}

/** Whether the build would run. A target without build commands never needs one. */
export function needsBuild(target: ManifestTarget): boolean {
  if (target.build.length === 0 || !target.output) return false;
  const output = statSync(join(target.folder, target.output), { throwIfNoEntry: false });
  if (output === undefined) return true;
  return newestInputMs(target.folder, [...target.inputs, "target.json"]) > output.mtimeMs;
}

/** The last lines of a log, for an error message. Empty when the file does not exist. */
export function lastLines(path: string, count: number): string {
  try {
    return readFileSync(path, "utf8").trimEnd().split("\n").slice(-count).join("\n");
  } catch {
    return "";
  }
}

async function runLogged(command: readonly string[], folder: string, log: number): Promise<string | null> {
  const [file = "", ...rest] = fillCommand(command, {});
  writeSync(log, `$ ${command.join(" ")}\n`);
  const child = spawn(file, rest, { cwd: folder, stdio: ["ignore", log, log] });
  try {
    const [code, signal] = await once(child, "close");
    return code === 0 ? null : `exited with ${code ?? signal}`;
  } catch (error) {
    return (error as Error).message;
  }
}

/**
 * Runs the build commands if an input is newer than the output. Throws `build-failed` with the last lines of the log.
 */
export async function buildTarget(target: ManifestTarget, options: BuildOptions = {}): Promise<BuildResult> {
  const begunMs = Date.now();
  if (!needsBuild(target)) return { name: target.name, built: false, elapsedMs: 0 };
  const logFolder = options.logFolder ?? join(projectRoot, ".setup");
  mkdirSync(logFolder, { recursive: true });
  const logPath = join(logFolder, `build-${target.name}.log`);
  const log = openSync(logPath, "w");
  try {
    for (const command of target.build) {
      options.onProgress?.(`building target ${target.name}: ${command.join(" ")}`);
      const failure = await runLogged(command, target.folder, log);
      if (failure !== null) {
        throw new TargetError(
          "build-failed",
          `building target ${target.name}: "${command.join(" ")}" ${failure}; log ${logPath}:\n${lastLines(logPath, 15)}`,
        );
      }
    }
  } finally {
    closeSync(log);
  }
  stampOutput(target, begunMs, logPath);
  return { name: target.name, built: true, elapsedMs: Date.now() - begunMs };
}

/**
 * Sets the output's time to the start of the build: a tool with nothing to do leaves it old, and an input edited during
 * the build must count as newer.
 */
function stampOutput(target: ManifestTarget, begunMs: number, logPath: string): void {
  const output = join(target.folder, target.output ?? "");
  if (statSync(output, { throwIfNoEntry: false }) === undefined) {
    throw new TargetError(
      "build-failed",
      `building target ${target.name}: expected the build to produce ${target.output}, but it did not; log ${logPath}`,
    );
  }
  utimesSync(output, begunMs / 1000, begunMs / 1000);
}
