import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, it } from "node:test";
import { isRunning } from "../../measure/host/process-files.ts";
import { makeFakeTarget } from "../testing/fake-target.ts";

/** Starts a target from a separate process; returns the pids of both. */
async function startInOtherProcess(folder: string, target: unknown): Promise<{ parent: number; pids: number[] }> {
  const program = join(folder, "run.mjs");
  const managed = new URL(
    import.meta.url.endsWith(".ts") ? "../managed-target.ts" : "../managed-target.js",
    import.meta.url,
  );
  writeFileSync(
    program,
    `import { startTarget } from ${JSON.stringify(managed.href)};
    const handle = await startTarget(${JSON.stringify(target)}, { logFolder: ${JSON.stringify(folder)} });
    process.stdout.write(JSON.stringify(handle.pids) + "\\n");
    if (process.argv[2] === "stays") setInterval(() => {}, 1000);`,
  );
  const parent = spawn(process.execPath, [program, "stays"], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(createInterface(parent.stdout), "line");
  return { parent: parent.pid!, pids: JSON.parse(line as string) as number[] };
}

async function untilGone(pid: number): Promise<void> {
  while (isRunning(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe("a killed run", { timeout: 30_000 }, () => {
  it("takes its target with it, even with kill -9", async () => {
    const fake = makeFakeTarget("serves");
    try {
      const { parent, pids } = await startInOtherProcess(fake.folder, fake.target);
      assert.ok(isRunning(pids[0]!));
      process.kill(parent, "SIGKILL");
      await untilGone(pids[0]!);
    } finally {
      fake.remove();
    }
  });

  it("is not kept alive by a target it did not stop", async () => {
    const fake = makeFakeTarget("serves");
    try {
      const managed = new URL(
        import.meta.url.endsWith(".ts") ? "../managed-target.ts" : "../managed-target.js",
        import.meta.url,
      );
      const program = `import { startTarget } from ${JSON.stringify(managed.href)};
        const handle = await startTarget(${JSON.stringify(fake.target)}, { logFolder: ${JSON.stringify(fake.folder)} });
        process.stdout.write(JSON.stringify(handle.pids) + "\\n");`;
      const run = spawn(process.execPath, ["--input-type=module", "-e", program], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const [line] = await once(createInterface(run.stdout), "line");
      const [code] = await once(run, "exit");
      assert.equal(code, 0);
      await untilGone((JSON.parse(line as string) as number[])[0]!);
    } finally {
      fake.remove();
    }
  });
});
