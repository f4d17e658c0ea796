import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { cpus } from "node:os";
import { it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { isStarved, Neighbours } from "./neighbours.ts";

it("a run is starved when others use a quarter of a saturated machine, not when it saturates it itself", () => {
  assert.deepEqual(
    [isStarved(2, 0.1, 2), isStarved(2, 1.6, 2), isStarved(1.8, 0.1, 2), isStarved(2, 1.5, 2)],
    [true, false, false, true],
  );
});

it("busy loops of other programs are detected; too few seconds or an unwatched target give no share", async () => {
  const burners: ChildProcess[] = cpus().map(() => spawn(process.execPath, ["-e", "for (;;);"]));
  try {
    await sleep(1000);
    const [watched, blind] = [new Neighbours(), new Neighbours()];
    for (let sample = 0; sample < 10; sample++) {
      assert.equal(watched.share, null);
      await sleep(200);
      watched.sample(0.01);
      blind.sample(null);
    }
    assert.ok((watched.share ?? 0) > 0.5, `${watched.share}`);
    assert.equal(blind.share, null);
  } finally {
    for (const burner of burners) burner.kill("SIGKILL");
  }
});
