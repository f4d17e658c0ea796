import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { checkAvailability, neededAptPackages } from "./availability.ts";
import { buildTarget, needsBuild } from "./build.ts";
import type { ManifestTarget } from "./manifest.ts";
import { newestInputMs, patternToRegExp } from "./newest-input.ts";
import type { TargetError } from "./target-error.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-build-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const logFolder = join(folder, "log");
const node = (program: string): string[] => ["node", "-e", program];

function target(change: Partial<ManifestTarget>): ManifestTarget {
  const build = [node("require('fs').appendFileSync('out', 'x')")];
  return {
    name: "t",
    title: "t",
    needs: [],
    build,
    inputs: ["*.c", "lib"],
    output: "out",
    start: ["x", "{port}"],
    pipeline: [],
    deployable: [],
    folder,
    ...change,
  };
}

describe("a build", () => {
  it("runs when there is no output, not a second time, and again when an input is newer", async () => {
    writeFileSync(join(folder, "a.c"), "");
    const lines: string[] = [];
    const options = { logFolder, onProgress: (line: string) => lines.push(line) };
    assert.equal((await buildTarget(target({}), options)).built, true);
    assert.match(lines.join(), /building target t: node -e/);
    assert.equal((await buildTarget(target({}), options)).built, false);
    const laterS = Date.now() / 1000 + 100;
    utimesSync(join(folder, "a.c"), laterS, laterS);
    assert.equal(needsBuild(target({})), true);
    assert.equal(readFileSync(join(folder, "out"), "utf8"), "x");
  });

  it("dates the output to the start of the build, so that later changes count", async () => {
    const begunMs = Date.now();
    await buildTarget(target({ output: "dated", build: [node("require('fs').writeFileSync('dated', '')")] }), {
      logFolder,
    });
    assert.ok(Math.abs(statSync(join(folder, "dated")).mtimeMs - begunMs) < 1000);
  });

  it("is not needed without commands", () => {
    assert.equal(needsBuild(target({ build: [], output: "nowhere" })), false);
    assert.equal(needsBuild(target({ output: "" })), false);
  });

  const failing: [string, string[][], RegExp][] = [
    [
      "fails",
      [node("console.error('line 1\\nno such header'); process.exit(2)")],
      /exited with 2; log .*build-t\.log:\n.*no such header/s,
    ],
    ["is not there", [["no-such-compiler"]], /ENOENT/],
    ["makes nothing", [node("0")], /expected the build to produce missing/],
  ];
  for (const [what, build, expected] of failing) {
    it(`whose command ${what} is reported`, async () => {
      await assert.rejects(
        buildTarget(target({ build, output: "missing" }), { logFolder }),
        (error: TargetError) => error.code === "build-failed" && expected.test(error.message),
      );
    });
  }
});

describe("input patterns", () => {
  const cases: [pattern: string, path: string, matches: boolean][] = [
    ["*.go", "main.go", true],
    ["*.go", "sub/main.go", false],
    ["**/*.go", "main.go", true],
    ["**/*.go", "a/b/main.go", true],
    ["holdfast_target", "holdfast_target/app.py", true],
    ["holdfast_target/**", "holdfast_target/a/b.py", true],
    ["go.mod", "goxmod", false],
    ["go.mod", "go.mod", true],
    ["./go.mod", "go.mod", true],
  ];
  for (const [pattern, path, matches] of cases) {
    it(`${pattern} ${matches ? "matches" : "does not match"} ${path}`, () =>
      assert.equal(patternToRegExp(pattern).test(path), matches));
  }
  it("reach files above the folder, but never build output", () => {
    const inner = join(folder, "inner");
    mkdirSync(join(inner, "node_modules"), { recursive: true });
    writeFileSync(join(inner, "node_modules/x.c"), "");
    assert.equal(newestInputMs(inner, ["**/*.c"]), 0);
    assert.ok(newestInputMs(inner, ["../a.c"]) > 0);
  });
});

describe("availability", () => {
  const need = (program: string, install: string, apt?: string[]) => ({
    check: node(program),
    install,
    ...(apt === undefined ? {} : { apt }),
  });

  it("is given when every check exits with 0", async () => {
    assert.deepEqual(await checkAvailability(target({ needs: [need("0", "x")] })), { state: "available" });
  });

  it("says why not, and how to install what is missing", async () => {
    const needs = [
      need("console.error('too old: 1.2'); process.exit(4)", "install a new one"),
      { check: ["no-such-program"], install: "install that" },
    ];
    const answer = await checkAvailability(target({ needs }));
    assert.equal(answer.state, "unavailable");
    assert.match(
      answer.state === "unavailable" ? answer.why : "",
      /exited with 4: too old: 1\.2; no-such-program is not installed/,
    );
    assert.equal(answer.state === "unavailable" ? answer.install : "", "install a new one; install that");
  });

  it("names only the packages of failing checks, once each", async () => {
    const needs = [
      need("1;process.exit(1)", "x", ["a", "b"]),
      need("2;process.exit(1)", "x", ["b"]),
      need("3", "x", ["c"]),
    ];
    assert.deepEqual(await neededAptPackages([target({ needs })]), ["a", "b"]);
  });
});
