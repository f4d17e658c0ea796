import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const folder = join(root, "services/target-node");

/** The folder of a package as Node finds it from `from`; null for an optional one that is not installed. */
function packageFolder(name: string, from: string): string | null {
  const candidate = join(from, "node_modules", name);
  if (existsSync(join(candidate, "package.json"))) return candidate;
  return relative(root, from) === "" ? null : packageFolder(name, dirname(from));
}

function addWithDependencies(name: string, from: string, found: Set<string>): void {
  const path = packageFolder(name, from);
  if (path === null || found.has(path)) return;
  found.add(path);
  const manifest = JSON.parse(readFileSync(join(path, "package.json"), "utf8")) as {
    dependencies?: Record<string, string>;
  };
  for (const dependency of Object.keys(manifest.dependencies ?? {})) addWithDependencies(dependency, path, found);
}

test("target.json lists what to deploy: the compiled files and exactly the packages they need", () => {
  const found = new Set<string>();
  for (const name of ["fastify", "ioredis", "prom-client", "ws"]) addWithDependencies(name, root, found);
  const isNested = (path: string) => relative(root, path).split("node_modules").length > 2;
  const expected = [...found].filter((path) => !isNested(path)).map((path) => relative(folder, path));
  const manifest = JSON.parse(readFileSync(join(folder, "target.json"), "utf8")) as {
    targets: { deployable: string[] }[];
  };
  assert.deepEqual(
    manifest.targets[0]?.deployable.toSorted(),
    ["../../dist/services/target-node", ...expected].toSorted(),
  );
});
