import assert from "node:assert/strict";
import { existsSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { temporaryFolder } from "../testing/service-rig.ts";
import { FolderLock } from "./folder-lock.ts";

const name = ".service.lock";

async function withFolder(act: (folder: string) => Promise<void>): Promise<void> {
  const { path, remove } = temporaryFolder();
  try {
    await act(path);
  } finally {
    remove();
  }
}

/** A leftover lock, last touched this long ago. */
function leave(folder: string, text: string, agoMs: number): void {
  const at = new Date(Date.now() - agoMs);
  writeFileSync(join(folder, name), text);
  utimesSync(join(folder, name), at, at);
}

async function taken(folder: string): Promise<FolderLock> {
  const lock = await FolderLock.take(folder);
  assert.ok(lock instanceof FolderLock, String(lock));
  return lock;
}

describe("the lock of a runs folder", () => {
  it("has one holder at a time, names it, and is removed with it", () =>
    withFolder(async (folder) => {
      const lock = await taken(join(folder, "runs"));
      assert.match(
        String(await FolderLock.take(join(folder, "runs"))),
        new RegExp(`in use by another service \\(process ${process.pid} `),
      );
      lock.release();
      assert.equal(existsSync(join(folder, "runs", name)), false);
      (await taken(join(folder, "runs"))).release();
    }));

  it("is taken over from a holder that is gone: a reused pid, another machine's silence, an unreadable file", () =>
    withFolder(async (folder) => {
      const first = await taken(folder);
      first.release();
      for (const text of [JSON.stringify({ pid: 1, startTicks: -1, place: "elsewhere pid:[1]" }), "", "{", "null"]) {
        leave(folder, text, 3_600_000);
        (await taken(folder)).release();
      }
      mkdirSync(join(folder, name));
      utimesSync(join(folder, name), new Date(0), new Date(0));
      (await taken(folder)).release();
    }));

  it("goes to exactly one of several simultaneous requests", () =>
    withFolder(async (folder) => {
      leave(folder, "", 3_600_000);
      const all = await Promise.all(Array.from({ length: 8 }, () => FolderLock.take(folder)));
      const locks = all.filter((lock) => lock instanceof FolderLock);
      assert.equal(locks.length, 1);
      for (const lock of locks) lock.release();
    }));

  it("is absent where none can be written: the service starts and reports that it is not ready", () =>
    withFolder(async (folder) => {
      symlinkSync("/proc/self/nothing", join(folder, "runs"));
      assert.equal(await FolderLock.take(join(folder, "runs")), null);
    }));
});
