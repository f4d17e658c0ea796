/** Shared by the scripts: running a command quietly, printing a step. Plain Node, usable before npm install. */
import { spawn } from "node:child_process";
import { accessSync, constants, readdirSync, statSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Prints one line. */
export function say(line) {
  process.stdout.write(`${line}\n`);
}

/** Whether a program is on the PATH (or is a path to an executable). */
export function isInstalled(program) {
  const folders = program.includes("/") ? [""] : (process.env.PATH ?? "").split(delimiter);
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Runs a command without a shell. Resolves to {code, output}; with `show`, the output goes to the terminal instead and
 * `output` is empty.
 */
export function run(command, { cwd = root, env = process.env, show = false, timeoutMs = 600_000 } = {}) {
  const [program, ...rest] = command;
  return new Promise((resolve) => {
    const child = spawn(program, rest, {
      cwd,
      env,
      stdio: ["ignore", show ? "inherit" : "pipe", show ? "inherit" : "pipe"],
      timeout: timeoutMs,
    });
    let output = "";
    const take = (part) => {
      output += part;
    };
    child.stdout?.setEncoding("utf8").on("data", take);
    child.stderr?.setEncoding("utf8").on("data", take);
    child.on("error", (error) => resolve({ code: 127, output: error.message }));
    child.on("close", (code, signal) =>
      resolve({ code: code ?? 1, output: signal === null ? output : `${output}\nended with ${signal}` }),
    );
  });
}

/**
 * Every file below a folder whose path passes the filter; folders that do not pass are skipped. Empty when the folder
 * does not exist.
 */
export function* filesBelow(folder, enters = () => true) {
  let entries;
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return;
  }
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (!entry.isDirectory()) yield path;
    else if (enters(entry.name)) yield* filesBelow(path, enters);
  }
}

/** Modification time in milliseconds, 0 when the file does not exist. */
export function modifiedMs(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
