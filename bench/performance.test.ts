import assert from "node:assert/strict";
import { it } from "node:test";
import { performancePage, withTables } from "./performance.ts";
import { keptSessions } from "./results.ts";

it("docs/performance.md holds the newest results (npm run build && node dist/bench/performance.js)", () => {
  const { wanted, present } = performancePage();
  assert.equal(present, wanted);
});

it("only what is between the marks changes", () => {
  const page = "a\n<!-- results: made by bench/performance.ts -->\nold\n<!-- end of results -->\nb\n";
  assert.match(withTables(page, "new"), /^a\n<!-- results[^\n]*\n\nnew\n\n<!-- end of results -->\nb\n$/);
  assert.throws(() => withTables("no marks", "new"), /expected "<!-- results/);
});

it("every file of results is cited: those that no row or sentence needs any more are removed", () => {
  const { present } = performancePage();
  assert.deepEqual(
    keptSessions().filter((session) => !present.includes(`bench/results/${session}.md`)),
    [],
  );
});
