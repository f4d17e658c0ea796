import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { causeList, causes } from "../measure/cause.ts";
import { reconnectCauses } from "../scenario/reconnect-causes.ts";
import { planReconnect, reconnectRule, reconnectWaitMs } from "./reconnect-plan.ts";

const block = { after: "1s", backoff: 2, jitter: 0.5, retries: 5 };

describe("the reconnect policy", () => {
  it("covers every cause not due to the generator, and no other", () => {
    const theirs = causeList.filter((cause) => causes[cause].stage !== "generator" && cause !== "generator-died");
    assert.deepEqual([...reconnectCauses], theirs);
    const plan = planReconnect(block);
    for (const cause of causeList) assert.equal(reconnectRule(plan, cause) !== null, theirs.includes(cause), cause);
  });

  it("waits with exponential backoff, up to 30 s", () => {
    const { reset } = planReconnect({ ...block, jitter: 0 });
    assert.deepEqual(
      [1, 2, 3, 4, 5, 6, 7, 1000].map((attempt) => reconnectWaitMs(reset, attempt, 0.9)),
      [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000],
    );
  });

  it("keeps a longer first delay", () => {
    const { reset } = planReconnect({ ...block, after: "1m", jitter: 0 });
    assert.equal(reconnectWaitMs(reset, 3, 0), 60_000);
  });

  it("randomizes the share of the delay given by jitter", () => {
    const { reset } = planReconnect(block);
    assert.deepEqual(
      [0, 0.5, 1].map((chance) => reconnectWaitMs(reset, 1, chance)),
      [1000, 750, 500],
    );
  });

  it("uses a cause's own settings, and the common ones otherwise", () => {
    const plan = planReconnect({
      ...block,
      causes: { "close-frame": { after: "5s" }, reset: { retries: 0, backoff: 1 } },
    });
    assert.deepEqual(plan["close-frame"], { afterMs: 5000, factor: 2, jitter: 0.5, retries: 5 });
    assert.deepEqual(plan.reset, { afterMs: 1000, factor: 1, jitter: 0.5, retries: 0 });
    assert.deepEqual(plan.eof, { afterMs: 1000, factor: 2, jitter: 0.5, retries: 5 });
  });
});
