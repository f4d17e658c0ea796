import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { templateProblems } from "./problems/template-fields.ts";
import { namesIn, numbersIn, parseTemplate } from "./template.ts";

describe("a template", () => {
  const wrong: [string, RegExp][] = [
    ["{{token", /expected }}/],
    ["{{}}", /expected a value/],
    ["{{a b}}", /expected an operator/],
    ["{{index / 0}}", /divisor that is not 0/],
    ["{{(index}}", /closing bracket/],
    ["{{random}}", /length from 1/],
    ["{{random:0}}", /length from 1/],
    ["{{sentMs:ours}}", /expected a clock/],
    ["{{token:8}}", /expected nothing after/],
    ["{{index ? 1}}", /expected a value such as/],
  ];
  for (const [text, sentence] of wrong)
    it(`refuses ${text} in a sentence`, () => assert.throws(() => parseTemplate(text), sentence));

  it("names the values it needs and those it computes with", () => {
    const parts = parseTemplate('{"a":"{{user-id}}","b":{{(index + shift) / 50}},"c":"{{{{"}');
    assert.deepEqual(namesIn(parts), ["user-id", "index", "shift"]);
    assert.deepEqual(numbersIn(parts), ["index", "shift"]);
    assert.equal(parts.at(-1), ',"c":"{{"}');
  });

  it("leaves a text without brackets as it is, the empty one too", () => {
    assert.deepEqual(parseTemplate('{"a":{"b":1}}'), ['{"a":{"b":1}}']);
    assert.deepEqual(parseTemplate(""), [""]);
  });

  it("tells every problem of a scenario at once, circles of variables among them", () => {
    assert.deepEqual(
      templateProblems({ vars: { index: "1", "a b": "2" }, headers: { x: "{{y" } }).map(({ field }) => field),
      ["headers.x", "vars.index", "vars.a b"],
    );
    assert.deepEqual(
      templateProblems({ vars: { a: "{{b}}", b: "{{c}}", c: "{{a}}", d: "{{a}}" } }).map(({ field }) => field),
      ["vars.a", "vars.b", "vars.c"],
    );
  });
});
