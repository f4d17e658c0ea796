/**
 * Programs measured besides Holdfast, each pinned to a version. Those from a package registry are installed into the
 * bench's own folder on first use, and are not dependencies of the project. Others are used where present.
 */
import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../clients/target/project-root.ts";

interface Recipe {
  by: "npm" | "cargo" | "debian" | "owner";
  /** Its name in the registry; for Debian, the package with the tool's command; otherwise where it is documented. */
  from: string;
  /** Pinned version; tools we do not install have whatever version the machine has. */
  version?: string;
  /** The program within an installed folder, or the module that a script of ours imports. */
  program: string;
  /**
   * Arguments that print the version of a program we did not install; for Debian packages without any, dpkg is asked.
   */
  askVersion?: readonly string[];
}

const recipes = {
  // Under the AGPL: measured where its owner has installed it, never installed by us.
  k6: { by: "owner", from: "its own documentation", program: "k6", askVersion: ["version"] },
  // The latest version that runs on every Node supported by Holdfast.
  artillery: { by: "npm", from: "artillery", version: "2.0.21", program: "node_modules/artillery/bin/run" },
  undici: { by: "npm", from: "undici", version: "7.30.2", program: "node_modules/undici/index.js" },
  mqtt: { by: "npm", from: "mqtt", version: "5.16.0", program: "node_modules/mqtt/build/index.js" },
  oha: { by: "cargo", from: "oha", version: "1.16.0", program: "bin/oha" },
  wrk: { by: "debian", from: "wrk", program: "wrk", askVersion: ["-v"] },
  hey: { by: "debian", from: "hey", program: "hey" },
  h2load: { by: "debian", from: "nghttp2-client", program: "h2load", askVersion: ["--version"] },
  tsung: { by: "debian", from: "tsung", program: "tsung", askVersion: ["-v"] },
} as const satisfies Record<string, Recipe>;
export type ToolName = keyof typeof recipes;
const recipeOf = (name: ToolName): Recipe => recipes[name];

interface Tool {
  /** The command; for a module, with its path last. */
  command: string[];
  version: string;
}

const cache = join(projectRoot, ".cache/bench");
const mostMs = 1_200_000;
const folderOf = (name: ToolName): string => join(cache, `${name}-${recipeOf(name).version}`);

/** The command that installs into a folder, and its environment variables. */
function installer({ by, from, version }: Recipe, folder: string): { words: string[]; env?: Record<string, string> } {
  if (by === "cargo")
    // The compilation cache survives an attempt that took too long.
    return {
      words: ["cargo", "install", "--locked", "--root", folder, "--version", `=${version}`, from],
      env: { CARGO_TARGET_DIR: join(cache, "cargo") },
    };
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error", "--ignore-scripts"];
  return { words: ["npm", "install", "--prefix", folder, ...quiet, `${from}@${version}`] };
}

/** First version number in a command's output; null when the command is missing. */
export function versionOf(command: string, args: readonly string[]): string | null {
  try {
    const stdio = ["ignore", "pipe", "pipe"] as ["ignore", "pipe", "pipe"];
    return /\d+(\.\d+)+/.exec(execFileSync(command, args, { encoding: "utf8", stdio, timeout: 10_000 }))?.[0] ?? null;
  } catch (error) {
    // wrk prints its version and exits with 1.
    return /\d+(\.\d+)+/.exec(String((error as { stdout?: string }).stdout ?? ""))?.[0] ?? null;
  }
}

/** Whether a command is on the PATH. */
export const hasCommand = (name: string): boolean =>
  (process.env.PATH ?? "").split(":").some((folder) => existsSync(join(folder, name)));

/** A tool that is present, without installing it. */
export function presentTool(name: ToolName): Tool | null {
  const { by, from, version, program, askVersion } = recipeOf(name);
  if (by === "debian" || by === "owner") {
    if (!hasCommand(program)) return null;
    const ask = askVersion === undefined ? versionOf("dpkg-query", ["-W", from]) : versionOf(program, askVersion);
    return { command: [program], version: ask ?? "of this machine" };
  }
  const path = join(folderOf(name), program);
  if (!existsSync(path)) return null;
  return { command: by === "npm" ? [process.execPath, path] : [path], version: version ?? "" };
}

/** Installs a tool unless it is present. A returned sentence says why it is not available. */
export async function haveTool(name: ToolName, say: (line: string) => void): Promise<Tool | string> {
  const present = presentTool(name);
  if (present !== null) return present;
  const recipe = recipeOf(name);
  if (recipe.by === "debian") return `${name} was skipped: it is not installed (apt-get install ${recipe.from}).`;
  if (recipe.by === "owner") return `${name} was skipped: it is not installed (see ${recipe.from}).`;
  const folder = folderOf(name);
  const partial = `${folder}.partial`;
  const { words, env } = installer(recipe, partial);
  const [file = "", ...args] = words;
  if (!hasCommand(file)) return `${name} was skipped: it is built with ${file}, which is not installed.`;
  say(`installing ${name} ${recipe.version} into .cache/bench (${file}), once`);
  mkdirSync(partial, { recursive: true });
  const failure = await new Promise<string | null>((resolve) => {
    const options = { cwd: partial, env: { ...process.env, ...env }, timeout: mostMs, maxBuffer: 1 << 24 };
    execFile(file, args, options, (error, _, stderr) => {
      if (error === null) resolve(null);
      else
        resolve(error.killed ? `not done after ${mostMs / 60_000} min` : stderr.trim().split("\n").slice(-2).join(" "));
    });
  });
  if (failure === null) renameSync(partial, folder);
  else rmSync(partial, { recursive: true, force: true });
  return (
    presentTool(name) ?? `${name} was skipped: ${file} could not install ${recipe.version}: ${failure ?? "no program"}.`
  );
}

/** Versions of all tools that are present. */
export const toolVersions = (): Record<string, string> =>
  Object.fromEntries(
    (Object.keys(recipes) as ToolName[]).flatMap((name) => {
      const version = presentTool(name)?.version;
      return version === undefined ? [] : [[name, version]];
    }),
  );
