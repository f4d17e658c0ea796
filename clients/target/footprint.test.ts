import assert from "node:assert/strict";
import { linkSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { deployableBytes, timeStart } from "./footprint.ts";
import { makeFakeTarget } from "./testing/fake-target.ts";

const onDisk = (path: string): number => statSync(path).blocks * 512;

describe("the deployable size", () => {
  it("follows links to real files and counts each file once", () => {
    const root = mkdtempSync(join(tmpdir(), "holdfast-size-"));
    try {
      const [app, outside] = [join(root, "app"), join(root, "outside")];
      for (const folder of [app, join(app, "lib"), outside]) mkdirSync(folder);
      writeFileSync(join(app, "main"), Buffer.alloc(100_000, 1));
      writeFileSync(join(outside, "python"), Buffer.alloc(300_000, 1));
      linkSync(join(app, "main"), join(app, "lib", "main-again"));
      symlinkSync(join(outside, "python"), join(app, "python"));
      symlinkSync("python", join(app, "python3"));
      symlinkSync("lib", join(app, "lib64"));
      symlinkSync("..", join(app, "lib", "loop"));
      symlinkSync("nowhere", join(app, "broken"));
      const expected = [app, join(app, "lib"), join(app, "main"), join(outside, "python")].reduce(
        (sum, path) => sum + onDisk(path),
        0,
      );
      assert.equal(deployableBytes({ folder: root, deployable: ["app", "app/main", "app/lib"] }), expected);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });

  it("finds a package next to ours, where an installer put it, as well as below", () => {
    const root = mkdtempSync(join(tmpdir(), "holdfast-size-"));
    try {
      const folder = join(root, "node_modules", "holdfast", "services", "target-x");
      for (const each of [folder, join(root, "node_modules", "ws")]) mkdirSync(each, { recursive: true });
      writeFileSync(join(root, "node_modules", "ws", "index.js"), Buffer.alloc(50_000, 1));
      const expected = onDisk(join(root, "node_modules", "ws")) + onDisk(join(root, "node_modules", "ws", "index.js"));
      assert.equal(deployableBytes({ folder, deployable: ["../../node_modules/ws"] }), expected);
      assert.equal(deployableBytes({ folder, deployable: ["../../node_modules/nothing"] }), null);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });

  it("is unknown when something is missing, or nothing is listed", () => {
    assert.equal(deployableBytes({ folder: tmpdir(), deployable: ["no-such-thing"] }), null);
    assert.equal(deployableBytes({ folder: tmpdir(), deployable: [] }), null);
  });
});

describe("the time to start", { timeout: 60_000 }, () => {
  it("ends with the first healthy response and leaves nothing running", async () => {
    const fake = makeFakeTarget("slow");
    try {
      const { elapsedMs, health } = await timeStart(fake.target, join(fake.folder, "start.log"), null);
      assert.ok(elapsedMs >= 400, `it listens after 400 ms, got ${elapsedMs}`);
      assert.equal(health.name, "fake");
      assert.throws(() => process.kill(health.settings.pid as number, 0));
    } finally {
      fake.remove();
    }
  });

  it("is an error for a server that never becomes healthy", async () => {
    const fake = makeFakeTarget("exits");
    try {
      await assert.rejects(timeStart(fake.target, join(fake.folder, "start.log"), null), /expected a healthy answer/);
    } finally {
      fake.remove();
    }
  });
});
