import assert from "node:assert/strict";
import { describe, it, mock } from "node:test";
import { Alarm } from "./alarm.ts";

const dayMs = 86_400_000;
const stepMs = 2 ** 30;

/** Steps in which an alarm is rearmed: the mock runs a timer that falls within a step at its end. */
function wait(ms: number): void {
  for (let leftMs = ms; leftMs > 0; leftMs -= stepMs) mock.timers.tick(Math.min(stepMs, leftMs));
}

describe("an alarm", () => {
  it("waits as long as requested, beyond the limit of Node's timers", () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      for (const days of [1, 25, 90]) {
        let rung = 0;
        new Alarm(days * dayMs, () => rung++);
        wait(days * dayMs - 1);
        assert.equal(rung, 0, `${days} days`);
        mock.timers.tick(1);
        assert.equal(rung, 1, `${days} days`);
      }
    } finally {
      mock.timers.reset();
    }
  });

  it("never fires once cancelled, even if it had to be rearmed", () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      let rung = 0;
      const alarm = new Alarm(90 * dayMs, () => rung++);
      wait(60 * dayMs);
      alarm.cancel();
      wait(60 * dayMs);
      assert.equal(rung, 0);
    } finally {
      mock.timers.reset();
    }
  });
});
