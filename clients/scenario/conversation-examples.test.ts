import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { parseScenarioText, readScenario } from "./read-scenario.ts";

const page = readFileSync(fileURLToPath(new URL("../../../docs/conversations.md", import.meta.url)), "utf8");
const blocks = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = ""]) => text);
const whole = page.slice(page.indexOf("## Ten complete examples"));
const parsed = (text: string) =>
  readScenario(parseScenarioText(text, "docs/conversations.md")) as {
    target: string;
    conversation?: { opening?: unknown[] };
  };

describe("the examples of docs/conversations.md", () => {
  it("are ten, and one to begin with", () => {
    assert.equal([...whole.matchAll(/```yaml\n/g)].length, 10);
    assert.equal(blocks.length, 11);
  });

  for (const text of blocks) {
    const target = /^target: (.+)$/m.exec(text)?.[1];
    it(`${target} is a scenario without a problem, that opens in steps`, () => {
      const scenario = parsed(text);
      assert.ok((scenario.conversation?.opening ?? []).length > 0);
      // What a run keeps of it is read again.
      assert.deepEqual(readScenario(structuredClone(scenario)), scenario);
    });
  }
});
