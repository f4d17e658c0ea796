import assert from "node:assert/strict";
import { it } from "node:test";
import { performancePage, withTables } from "./performance.ts";
import { keptSessions } from "./results.ts";

it("docs/performance.md shows the latest results (npm run build && node dist/bench/performance.js)", () => {
  const { wanted, present } = performancePage();
  assert.equal(present, wanted);
});

it("only the part between the marks is replaced", () => {
  const page = "a\n<!-- results: made by bench/performance.ts -->\nold\n<!-- end of results -->\nb\n";
  assert.match(withTables(page, "new"), /^a\n<!-- results[^\n]*\n\nnew\n\n<!-- end of results -->\nb\n$/);
  assert.throws(() => withTables("no marks", "new"), /expected "<!-- results/);
});

it("every results file is used by a row or a sentence; superseded ones are removed", () => {
  const { present } = performancePage();
  assert.deepEqual(
    keptSessions().filter((session) => !present.includes(`bench/results/${session}.md`)),
    [],
  );
});
