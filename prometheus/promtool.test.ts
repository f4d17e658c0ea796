import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { projectFolder } from "../grafana/project-folder.ts";

const missing = spawnSync("promtool", ["--version"]).error !== undefined;
const skip = missing ? "promtool is not installed: apt-get install prometheus" : false;

const checks = [
  ["check", "config", "prometheus.yml"],
  ["check", "config", "local.yml"],
  ["check", "rules", "rules.yml"],
  ["test", "rules", "rules.test.yml"],
] as const;

for (const arguments_ of checks) {
  test(`promtool ${arguments_.join(" ")}`, { skip }, () => {
    const { status, stdout, stderr } = spawnSync("promtool", arguments_, {
      cwd: join(projectFolder, "prometheus"),
      encoding: "utf8",
      timeout: 30_000,
    });
    assert.equal(status, 0, stdout + stderr);
  });
}
