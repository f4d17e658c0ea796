import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

/** Packages that a compiled module and everything it imports statically load; Node's own are left out. */
function packagesOf(entry: URL): string[] {
  const seen = new Set<string>();
  const packages = new Set<string>();
  const visit = (module: URL): void => {
    if (seen.has(module.href)) return;
    seen.add(module.href);
    const text = readFileSync(fileURLToPath(module), "utf8");
    for (const [, name = ""] of text.matchAll(/^(?:import|export)\b[^;]*?from "([^"]+)";/gms)) {
      if (name.startsWith(".")) visit(new URL(name, module));
      else if (!name.startsWith("node:")) packages.add(name);
    }
  };
  visit(entry);
  assert.ok(seen.size > 50, `${seen.size} modules`);
  return [...packages].sort();
}

// Each shard pays for what it loads, in start-up time and in memory that is no connection's.
test("a shard process loads no schema, YAML or report library", () => {
  assert.deepEqual(packagesOf(new URL("./shard-main.js", import.meta.url)), ["minizlib"]);
});
