import assert from "node:assert/strict";
import { test } from "node:test";
import { apiFigures } from "./api-report.ts";
import type { RequestCounts } from "./schema/request-block.ts";

const counts = (changes: Partial<RequestCounts>): RequestCounts => ({
  due: 1000,
  sent: 1000,
  unsent: 0,
  ok: 980,
  failed: 0,
  unanswered: 20,
  checkShare: 0,
  byCause: {},
  byStatusClass: {},
  ownLagMs: null,
  ...changes,
});

test("requests under way are no failures while the run goes on; given up at its end they are", () => {
  assert.equal(apiFigures({ requests: counts({}) }, "running").failedRatio, 0);
  assert.equal(apiFigures({ requests: counts({}) }, "finished").failedRatio, 0.02);
  assert.equal(apiFigures({ requests: counts({}) }, "interrupted").failedRatio, 0.02);
});

test("what failed or could not be sent counts at all times, and of no request due there is no share", () => {
  assert.equal(apiFigures({ requests: counts({ failed: 10, unsent: 5 }) }, "running").failedRatio, 0.015);
  assert.equal(
    apiFigures({ requests: counts({ due: 0, sent: 0, ok: 0, unanswered: 0 }) }, "running").failedRatio,
    null,
  );
  assert.equal(apiFigures({}, "running").failedRatio, null);
});
