import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { kindList } from "./kinds.ts";
import { readScript, ScriptError } from "./script.ts";

const sources = new URL("../../../../services/target-rehearsal/", import.meta.url);

function problemsOf(source: string): string[] {
  try {
    readScript(source);
  } catch (error) {
    assert(error instanceof ScriptError);
    return error.problems.map((problem) => `${problem.field}: ${problem.expected} <- ${problem.came}`);
  }
  return [];
}

describe("a fault script", () => {
  it("has no faults when empty, and accepts JSON as well as YAML", () => {
    assert.deepEqual(readScript("").faults, []);
    assert.deepEqual(readScript('{"seed": 3, "faults": []}').faults, []);
    assert.equal(readScript("seed: 3").seed, 3);
    assert.equal(readScript('{"faults":[{"kind":"push.drop","share":0.5}]}').faults.length, 1);
  });

  it("reports every problem at once, each with its field", () => {
    const problems = problemsOf(
      "seed: -1\nspeed: 2\nfaults:\n  - kind: push.dorp\n  - kind: push.drop\n    share: 2\n    colour: red\n  - kind: life.close\n",
    );
    assert.equal(problems.length, 6);
    assert.match(problems[0]!, /^speed: one of the fields seed, users, answers, talk, faults/);
    assert.match(problems[1]!, /^seed: a whole number from 0 to 4294967295 <- -1$/);
    assert.match(problems[2]!, /^faults\[0\]\.kind: one of push\.delay, .* <- "push\.dorp"$/);
    assert.match(problems[3]!, /^faults\[1\]\.colour: /);
    assert.match(problems[4]!, /^faults\[1\]\.share: a number from 0 to 1 <- 2$/);
    assert.match(problems[5]!, /^faults\[2\]\.code: a whole number from 1000 to 4999 <- nothing$/);
  });

  const wrong: readonly (readonly [string, RegExp])[] = [
    ["{ kind: life.rst }", /\.at: atMs or whenOpen/],
    ["{ kind: life.rst, at: { atMs: 1, whenOpen: 2 } }", /\.at: one of atMs or whenOpen <- atMs and whenOpen/],
    [
      "{ kind: http.chunked, at: { whenOpen: 1, whenRequests: 2 } }",
      /\.at: one of atMs, whenOpen or whenRequests <- whenOpen and whenRequests/,
    ],
    [
      "{ kind: push.drop, at: { whenRequests: 2 } }",
      /\.at\.whenRequests: nothing: this fault does not affect requests/,
    ],
    ["{ kind: http.stall, at: {}, ms: 5 }", /\.at: atMs, whenOpen or whenRequests: this is a one-off fault/],
    ["{ kind: life.rst, at: { atMs: 1, times: 2 } }", /\.at\.times: repeatMs/],
    ["{ kind: life.rst, at: { whenOpen: 1, fromTick: 2 } }", /no fromTick or ticks/],
    ["{ kind: life.rst, at: { atMs: 1, forMs: 2 } }", /\.at\.forMs: nothing/],
    ["{ kind: push.drop, at: { afterMs: 1 } }", /\.at\.afterMs: whenOpen with it/],
    ["{ kind: push.drop, at: { atMs: 1, ticks: 1 } }", /a window of ticks or a window of time/],
    ["{ kind: push.drop, at: { atMs: 1, repeatMs: 9 } }", /\.at\.forMs: how long each wave lasts/],
    ["{ kind: push.drop, share: 0.1, every: 2 }", /at most one of .* <- share and every/],
    ["{ kind: push.drop, every: 2, offset: 2 }", /\.offset: less than `every`/],
    ["{ kind: push.delay }", /exactly one of ms, uniform, weighted <- none/],
    ["{ kind: push.delay, ms: 1, uniform: { minMs: 1, maxMs: 2 } }", /exactly one of/],
    ["{ kind: push.delay, uniform: { minMs: 3, maxMs: 2 } }", /minMs at most maxMs/],
    [
      "{ kind: http.status, statuses: [{ status: 500, share: 0.7 }, { status: 404, share: 0.4 }] }",
      /add up to at most 1/,
    ],
    ["{ kind: life.protocol-error, at: { atMs: 1 }, violation: rude }", /"reserved-bits" or "bad-opcode"/],
  ];
  for (const [fault, expected] of wrong) {
    it(`rejects ${fault}`, () => {
      const problems = problemsOf(`faults: [${fault}]`);
      assert.equal(problems.length, 1, problems.join("; "));
      assert.match(problems[0]!, expected);
    });
  }

  it("rejects invalid YAML with the parser's reason", () => {
    assert.match(problemsOf("faults: [")[0]!, /^script: YAML or JSON <- /);
  });
});

describe("the shipped scripts and the reference", () => {
  it("are all valid and begin with what a correct client must report", () => {
    const names = readdirSync(new URL("scripts/", sources));
    assert(names.length >= 14);
    for (const name of names) {
      const source = readFileSync(new URL(`scripts/${name}`, sources), "utf8");
      assert.deepEqual(problemsOf(source), [], name);
      assert.match(source, /^# .*\sA\s(# )?correct\s/s, name);
    }
  });

  it("show every kind, in valid examples", () => {
    const reference = readFileSync(new URL("README.md", sources), "utf8");
    const examples = [...reference.matchAll(/`(\{ kind: [^`]*\})`/g)].map((match) => match[1]!);
    for (const kind of kindList)
      assert(
        examples.some((example) => example.startsWith(`{ kind: ${kind}`)),
        kind,
      );
    for (const example of examples) assert.deepEqual(problemsOf(`faults: [${example}]`), [], example);
  });
});
