import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CommandEnd } from "../../target/keeper/command-message.ts";
import { differences, judgeRun, parseAnswer } from "./pipeline-answer.ts";

const truth = { lines: 10, uniqueUsers: 3, bytes: 5000, events: { click: 7, view: 2 }, bad: 1, firstBadLine: 4 };
const answer = { ...truth, parseMs: 1.5 };
const end: CommandEnd = {
  elapsedMs: 5,
  code: 0,
  signal: null,
  cpuSeconds: 0.1,
  rssMiB: 10,
  account: "exact",
  stdout: `${JSON.stringify(answer)}\n`,
  isCut: false,
  stderr: "",
  killedFor: null,
};
const limits = { timeoutMs: 2000, memoryMiB: 100, isProbe: false };

describe("the judge of a pipeline run", () => {
  it("accepts the correct answer, with keys in any order and after other lines", () => {
    assert.deepEqual(judgeRun(end, truth, limits), { state: "ok", answer });
    const reordered = {
      parseMs: 1.5,
      events: { view: 2, click: 7 },
      firstBadLine: 4,
      bad: 1,
      bytes: 5000,
      uniqueUsers: 3,
      lines: 10,
    };
    assert.equal(judgeRun({ ...end, stdout: `warming up\n${JSON.stringify(reordered)}\n` }, truth, limits).state, "ok");
  });

  it("names every difference", () => {
    assert.deepEqual(differences({ ...answer, uniqueUsers: 4, events: { click: 7, scroll: 2 } }, truth), [
      "uniqueUsers: expected 3, got 4",
      "events.view: expected 2, got 0",
      "events.scroll: expected 0, got 2",
    ]);
    assert.deepEqual(differences({ ...answer, firstBadLine: 5 }, truth), ["firstBadLine: expected 4, got 5"]);
  });

  const cases: [string, Partial<CommandEnd>, string, RegExp][] = [
    [
      "a wrong count",
      { stdout: JSON.stringify({ ...answer, uniqueUsers: 2 }) },
      "wrong-answer",
      /uniqueUsers: expected 3, got 2/,
    ],
    ["no output", { stdout: "" }, "failed", /got nothing/],
    ["no JSON", { stdout: "done\n" }, "failed", /expected one line of JSON/],
    [
      "a missing field",
      { stdout: JSON.stringify({ ...answer, parseMs: undefined }) },
      "failed",
      /parseMs, got nothing/,
    ],
    ["a count that is none", { stdout: JSON.stringify({ ...answer, lines: "10" }) }, "failed", /lines, got "10"/],
    ["too much output", { isCut: true }, "failed", /more than 1 MiB/],
    ["a deadline", { code: null, signal: "SIGKILL", killedFor: "timeout" }, "timed-out", /still running after 2 s/],
    ["too much memory", { code: null, signal: "SIGKILL", killedFor: "memory" }, "over-memory", /100 MiB/],
    ["a crash", { code: null, signal: "SIGSEGV", stderr: "boom\n" }, "failed", /SIGSEGV: boom/],
    ["an exit code, with the last words", { code: 3, stderr: "a\nb\nc\nd\n" }, "failed", /exited with 3: b \/ c \/ d/],
  ];
  for (const [name, change, state, why] of cases) {
    it(`reports ${name} as ${state}`, () => {
      const judged = judgeRun({ ...end, ...change }, truth, limits);
      assert.equal(judged.state, state);
      assert.match(judged.state === "ok" ? "" : judged.why, why);
    });
  }

  it("reports a command that exits on its own during the probe as unavailable, but a crash as a failure", () => {
    const isProbe = { ...limits, isProbe: true };
    assert.equal(judgeRun({ ...end, code: 1, stderr: "ujson is not installed" }, truth, isProbe).state, "unavailable");
    assert.equal(judgeRun({ ...end, code: null, signal: "SIGSEGV" }, truth, isProbe).state, "failed");
  });

  it("never accepts other JSON as an answer", () => {
    for (const text of ["null", "[]", "1", '"x"', '{"lines":1}'])
      assert.equal(typeof parseAnswer(text), "string", text);
  });
});
