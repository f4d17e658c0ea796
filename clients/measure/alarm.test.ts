import assert from "node:assert/strict";
import { describe, it, mock } from "node:test";
import { Alarm } from "./alarm.ts";

const dayMs = 86_400_000;

describe("an alarm", () => {
  it("waits for as long as it is told, beyond what a timer of Node can count", () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      for (const days of [1, 25, 90]) {
        let rung = 0;
        new Alarm(days * dayMs, () => rung++);
        for (let day = 0; day < days - 1; day++) mock.timers.tick(dayMs);
        assert.equal(rung, 0, `${days} days`);
        mock.timers.tick(dayMs);
        assert.equal(rung, 1, `${days} days`);
      }
    } finally {
      mock.timers.reset();
    }
  });

  it("never rings once it is cancelled, however often it had to be set anew", () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      let rung = 0;
      const alarm = new Alarm(90 * dayMs, () => rung++);
      for (let day = 0; day < 60; day++) mock.timers.tick(dayMs);
      alarm.cancel();
      for (let day = 0; day < 60; day++) mock.timers.tick(dayMs);
      assert.equal(rung, 0);
    } finally {
      mock.timers.reset();
    }
  });
});
