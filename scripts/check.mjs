/**
 * All static checks: Biome (format, lint, import boundaries, cycles, sizes), types, knip (unused exports and files, and
 * production files used only by tests), gofmt and go vet, ruff for Python, deployment files. Runs every check, then
 * fails if any failed.
 */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { composeFault, manifestFault } from "./deployment.mjs";
import { filesBelow, isInstalled, root, run, say } from "./step.mjs";

const tool = (path, ...rest) => [process.execPath, join(root, "node_modules", path), ...rest];
const goFolder = join(root, "services/target-go");

async function command(words, options) {
  const { code, output } = await run(words, options);
  return code === 0 ? null : output.trim() || `it exited with ${code}`;
}

async function gofmt() {
  if (!isInstalled("gofmt")) return null;
  const { code, output } = await run(["gofmt", "-l", "."], { cwd: goFolder });
  return code === 0 && output === "" ? null : `gofmt -w these files:\n${output}`;
}

const entersPython = (name) => !name.startsWith(".") && name !== "build" && name !== "__pycache__";

/** Ruff as WebAssembly, so that no Python package has to be installed. */
async function ruff() {
  const { PositionEncoding, Workspace } = createRequire(import.meta.url)("@astral-sh/ruff-wasm-nodejs");
  const settings = {
    "line-length": 120,
    "target-version": "py39",
    lint: { select: ["E", "F", "B", "I", "UP", "SIM"] },
  };
  const workspace = new Workspace(settings, PositionEncoding.Utf16);
  const found = [];
  for (const path of filesBelow(join(root, "services/target-python"), entersPython)) {
    if (!path.endsWith(".py")) continue;
    for (const { code, message, start_location: at } of workspace.check(readFileSync(path, "utf8"))) {
      found.push(`${relative(root, path)}:${at.row}:${at.column}: ${code} ${message}`);
    }
  }
  return found.length === 0 ? null : found.join("\n");
}

const checks = [
  ["biome", () => command(tool("@biomejs/biome/bin/biome", "check", "."))],
  ["types", () => command(tool("typescript/bin/tsc", "--noEmit", "-p", "."))],
  ["types of the page", () => command(tool("typescript/bin/tsc", "--noEmit", "-p", "services/control/page"))],
  ["unused code", () => command(tool("knip/bin/knip.js", "--no-progress"))],
  [
    "code that only tests reach",
    () => command(tool("knip/bin/knip.js", "--no-progress", "--production", "--include", "files")),
  ],
  ["gofmt", gofmt],
  ["go vet", () => (isInstalled("go") ? command(["go", "vet", "./..."], { cwd: goFolder }) : null)],
  ["ruff", ruff],
  ["Compose files", composeFault],
  ["Kubernetes manifests", manifestFault],
];

for (const [name, check] of checks) {
  const fault = await check();
  say(fault === null ? `${name}: ok` : `${name}: not ok\n${fault}\n`);
  if (fault !== null) process.exitCode = 1;
}
