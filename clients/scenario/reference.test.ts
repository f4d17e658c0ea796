import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { withReference } from "./reference.ts";

test("docs/scenario.md says what the schema says", () => {
  const page = readFileSync(fileURLToPath(new URL("../../../docs/scenario.md", import.meta.url)), "utf8");
  assert.equal(page, withReference(page), "the schema changed: run node dist/clients/scenario/reference.js");
});
