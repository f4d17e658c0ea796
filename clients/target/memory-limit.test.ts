import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { parseOsName, readHostFacts } from "./host.ts";
import { limitMemory } from "./memory-limit.ts";
import { pinProcessors } from "./processor-pin.ts";

// Folders with a cgroup's files; the kernel's side is not tested here.
const folder = mkdtempSync(join(tmpdir(), "holdfast-cgroup-"));
after(() => rmSync(folder, { recursive: true, force: true }));

describe("a memory limit", () => {
  it("is none unless requested", () => {
    assert.equal(limitMemory(null, "t", folder).mechanism, "none");
  });

  it("is the keeper's watch without a writable delegated cgroup, and says why", () => {
    assert.match(limitMemory(100, "t", "").why ?? "", /HOLDFAST_CGROUP/);
    const limit = limitMemory(100, "t", "/proc/no-such-folder");
    assert.equal(limit.mechanism, "watchdog");
    assert.match(limit.why ?? "", /ENOENT/);
  });

  it("is a cgroup of version 2 below the delegated folder", () => {
    const delegated = join(folder, "v2");
    mkdirSync(delegated);
    writeFileSync(join(delegated, "cgroup.controllers"), "memory\n");
    const limit = limitMemory(64, "t", delegated);
    assert.equal(limit.mechanism, "cgroup-v2");
    assert.equal(readFileSync(join(delegated, "cgroup.subtree_control"), "utf8"), "+memory");
    assert.equal(readFileSync(join(delegated, "t/memory.max"), "utf8"), String(64 * 2 ** 20));
    assert.equal(limit.cgroupProcs, join(delegated, "t/cgroup.procs"));
    assert.equal(limit.wasHit(), false);
    writeFileSync(join(delegated, "t/memory.events"), "low 0\nhigh 0\nmax 7\noom 1\noom_kill 1\n");
    assert.equal(limit.wasHit(), true);
  });

  it("is a cgroup of version 1 where the folder is one", () => {
    const limit = limitMemory(64, "t1", folder);
    assert.equal(limit.mechanism, "cgroup-v1");
    assert.equal(readFileSync(join(folder, "t1/memory.limit_in_bytes"), "utf8"), String(64 * 2 ** 20));
    limit.release();
  });
});

describe("a processor pin", () => {
  it("precedes the command where taskset is available", () => {
    assert.deepEqual(pinProcessors("0,2-3", true).prefix, ["taskset", "-c", "0,2-3"]);
    assert.deepEqual(pinProcessors(null, true).prefix, []);
  });
  it("is not created, and says so, where it is not", () => {
    const pin = pinProcessors("0", false);
    assert.equal(pin.mechanism, "none");
    assert.match(pin.why ?? "", /taskset is not installed/);
  });
  it("accepts only lists of processors", () => {
    for (const text of ["", "a", "0;1", "0,", "-1"])
      assert.throws(() => pinProcessors(text, true), { code: "start-failed" });
  });
});

describe("the host", () => {
  it("is named by its os-release", () => {
    assert.equal(
      parseOsName('NAME="Debian"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'),
      "Debian GNU/Linux 12 (bookworm)",
    );
    assert.equal(parseOsName("PRETTY_NAME=Alpine\n"), "Alpine");
    assert.equal(parseOsName("NAME=x\n"), null);
  });
  it("has every fact of the report", () => {
    for (const [name, value] of Object.entries(readHostFacts(true))) assert.ok(value !== "" && value !== 0, name);
  });
});
