import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { checkManifest, fillCommand, findTarget, readManifests } from "./manifest.ts";
import type { TargetError } from "./target-error.ts";

const target = {
  name: "one",
  title: "One",
  needs: [{ check: ["one", "--version"], install: "apt-get install one", apt: ["one"] }],
  build: [["make"]],
  inputs: ["*.c"],
  output: "build/one",
  start: ["./build/one", "--port", "{port}"],
  pipeline: [{ variant: "one", command: ["./build/one", "pipeline", "{file}"] }],
  deployable: ["build/one"],
};
const problemsOf = (change: Record<string, unknown>): string[] =>
  checkManifest({ targets: [{ ...target, ...change }] }, "target.json").problems;

function failureOf(act: () => unknown): TargetError {
  let failure: unknown = null;
  assert.throws(act, (error: unknown) => {
    failure = error;
    return true;
  });
  return failure as TargetError;
}

describe("a manifest", () => {
  it("that keeps the contract has no problems", () => {
    assert.deepEqual(checkManifest({ targets: [target] }, "target.json").problems, []);
  });

  const wrong: [string, Record<string, unknown>, RegExp][] = [
    ["an unknown field", { colour: "red" }, /targets\/0: .*colour/],
    ["a command that is text", { start: "./one" }, /targets\/0\/start/],
    ["an unknown placeholder", { start: ["./one", "{port}", "{prot}"] }, /expected one of .*\{port\}.*, got \{prot\}/],
    ["no port", { start: ["./one"] }, /expected \{port\}/],
    ["a build without output", { output: "" }, /output: expected the file the build makes/],
    ["an absolute path", { inputs: ["/etc/passwd"] }, /relative to the folder, got \/etc\/passwd/],
    ["a bad package name", { needs: [{ check: ["a"], install: "b", apt: ["a; rm"] }] }, /needs\/0\/apt\/0/],
  ];
  for (const [what, change, expected] of wrong)
    it(`with ${what} is rejected`, () => assert.match(problemsOf(change).join("\n"), expected));

  it("reports all problems at once", () => {
    assert.ok(problemsOf({ title: "", name: "A B", start: [] }).length >= 3);
  });

  it("may contain a Go template in a check", () => {
    assert.deepEqual(
      problemsOf({ needs: [{ check: ["go", "list", "-f", "{{index context.ReleaseTags 21}}"], install: "x" }] }),
      [],
    );
  });
});

describe("the manifests of a project", () => {
  it("are read from services/target-*, and problems of all files are reported together", () => {
    const root = mkdtempSync(join(tmpdir(), "holdfast-manifest-"));
    const put = (folder: string, text: string): void => {
      mkdirSync(join(root, "services", folder), { recursive: true });
      writeFileSync(join(root, "services", folder, "target.json"), text);
    };
    try {
      assert.deepEqual(readManifests(root), []);
      put("target-a", JSON.stringify({ targets: [target] }));
      put("control", "not ours");
      const [read] = readManifests(root);
      assert.equal(read?.folder, join(root, "services/target-a"));
      put("target-b", "{");
      put("target-c", JSON.stringify({ targets: [target] }));
      const failure = failureOf(() => readManifests(root));
      assert.equal(failure.code, "manifest-invalid");
      assert.match(
        failure.message,
        /target-b\/target.json: expected JSON.*\n.*target-c\/target.json: expected a unique name, got one again/s,
      );
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });

  it("of this project are valid", () => {
    const names = readManifests().map(({ name }) => name);
    assert.ok(names.includes("rehearsal") && names.includes("go"));
  });

  it("are found by name, and an unknown name is answered with the existing ones", () => {
    const targets = [{ ...target, folder: "/" }];
    assert.equal(findTarget(targets, "one").title, "One");
    assert.match(failureOf(() => findTarget(targets, "two")).message, /expected one or a URL .*, got "two"/);
  });
});

describe("a command", () => {
  it("is filled in everywhere, leaving unknown fields unchanged", () => {
    assert.deepEqual(fillCommand(["a", "{port}", "x{host}:{port}", "{other}"], { port: "1", host: "h" }), [
      "a",
      "1",
      "xh:1",
      "{other}",
    ]);
  });
  it("called node is the running Node", () => {
    assert.deepEqual(fillCommand(["node", "x.js"], {}), [process.execPath, "x.js"]);
  });
});
