/** The command line as a user meets it: real processes, wrong calls, exit codes. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const entry = fileURLToPath(new URL("./main.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "holdfast-cli-"));
after(() => rmSync(folder, { recursive: true, force: true }));

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

function holdfast(...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = {
      cwd: folder,
      timeout: 60_000,
      env: { ...process.env, HOLDFAST_RUNS: join(folder, "runs") },
      maxBuffer: 1 << 26,
    };
    execFile(process.execPath, [entry, ...args], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
    });
  });
}

test("help names every command and the exit codes", async () => {
  const { code, stdout } = await holdfast("--help");
  assert.equal(code, 0);
  for (const word of [
    "connections",
    "compare",
    "run",
    "doctor",
    "targets",
    "runs",
    "report",
    "diff",
    "Exit codes",
    "Examples",
  ])
    assert.ok(stdout.includes(word), word);
});

test("the help of a kind has a flag for every field of its schema", async () => {
  const { stdout } = await holdfast("connections", "--help");
  for (const flag of [
    "--target",
    "--connections",
    "--ramp-per-second",
    "--hold",
    "--push-interval",
    "--limit",
    "--header",
    "--storm-window",
    "--json",
  ])
    assert.ok(stdout.includes(flag), flag);
});

const wrongCalls: [string, string[], RegExp][] = [
  ["an unknown command", ["frobnicate"], /unknown command 'frobnicate'/],
  [
    "a misspelt flag",
    ["connections", "--target", "go", "--conections", "5"],
    /unknown option '--conections'[\s\S]*--connections/,
  ],
  [
    "a number that is none",
    ["connections", "--target", "go", "--connections", "many"],
    /--connections.*expected a number/s,
  ],
  [
    "two wrong fields at once",
    ["connections", "--target", "go", "--connections", "0", "--hold", "x"],
    /2 problems[\s\S]*connections: [\s\S]*hold: /,
  ],
  ["no target", ["connections"], /target: expected a built-in target or a URL, got nothing/],
  ["an unknown target", ["connections", "--target", "erlang"], /target: expected .*go.* or a URL, got "erlang"/],
  ["a URL of another protocol", ["connections", "--target", "ftp://127.0.0.1/"], /expected .*ws:/],
  [
    "a host that is not this machine",
    ["connections", "--target", "ws://192.0.2.1:80/"],
    /192\.0\.2\.1 .* is not this machine; add --allow-host/,
  ],
  [
    "a plan too large for one target process",
    ["connections", "--target", "rehearsal", "--connections", "5000000"],
    /this host cannot handle the plan[\s\S]*5,000,000/,
  ],
  ["a scenario file that is not there", ["run", "nowhere.yaml"], /no scenario file at "nowhere\.yaml"/],
  ["a run that does not exist", ["report", "20200101-000000-x-0000"], /no run "20200101-000000-x-0000" in /],
  ["a run id that is a path", ["report", "../../etc/passwd"], /no run "\.\.\/\.\.\/etc\/passwd" in /],
  ["an unknown preset", ["compare", "--preset", "slow"], /preset: expected one of quick/],
  [
    "a metrics address others can reach",
    ["connections", "--target", "rehearsal", "--metrics", "0.0.0.0:9999"],
    /can be reached by other machines/,
  ],
];

for (const [name, args, expected] of wrongCalls) {
  test(`${name} is a sentence and exit code 2`, async () => {
    const { code, stdout, stderr } = await holdfast(...args);
    assert.equal(code, 2, stderr);
    assert.match(stderr, expected);
    assert.equal(stdout, "");
  });
}

test("YAML errors carry line and column, a misspelt field its neighbour", async () => {
  writeFileSync(join(folder, "broken.yaml"), "kind: connections\n  target: go\n");
  const broken = await holdfast("run", "broken.yaml");
  assert.equal(broken.code, 2);
  assert.match(broken.stderr, /broken\.yaml:\d+:\d+: YAML syntax error/);
  writeFileSync(join(folder, "misspelt.yaml"), "kind: connections\ntarget: go\npush:\n  intervall: 1s\n");
  const misspelt = await holdfast("run", "misspelt.yaml");
  assert.equal(misspelt.code, 2);
  assert.match(misspelt.stderr, /push\.intervall: unknown field; did you mean "interval"/);
});

test("a target nobody listens at is exit code 4, with what to check", async () => {
  const { code, stderr } = await holdfast("connections", "--target", "ws://127.0.0.1:1/");
  assert.equal(code, 4);
  assert.match(stderr, /expected 127\.0\.0\.1:1 to accept a connection, but it answered ECONNREFUSED/);
});

test("a target that answers 200 instead of 101 fails with the status in its causes", async () => {
  const server = createServer((_, response) => response.end("hello"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const { code, stdout } = await holdfast(
    "connections",
    "--target",
    `ws://127.0.0.1:${port}/feed`,
    "--connections",
    "20",
    "--hold",
    "1s",
    "--json",
    "--quiet",
  );
  server.close();
  const report = JSON.parse(stdout);
  assert.equal(code, 1);
  assert.deepEqual([report.connections.planned, report.connections.opened, report.connections.refused], [20, 0, 20]);
  assert.deepEqual(report.connections.byCode, { "upgrade-rejected:200": 20 });
});

test("doctor checks a scenario file by its kind", async () => {
  const file = join(folder, "log.yaml");
  writeFileSync(file, "kind: pipeline\ntarget: go\nlines: 1000\n");
  const { code, stdout } = await holdfast("doctor", file);
  assert.equal(code, 0);
  assert.match(stdout, /disk space for the log/);
  assert.doesNotMatch(stdout, /open files|ports|TIME_WAIT/);
});

test("doctor prints every row with value, need and verdict, and refuses what cannot be carried", async () => {
  const ok = await holdfast("doctor", "--connections", "100");
  assert.equal(ok.code, 0);
  assert.match(ok.stdout, /open files, each shard process.*needs 100 connections/);
  const refused = await holdfast("doctor", "--connections", "90000000", "--json");
  assert.equal(refused.code, 2);
  assert.ok(
    JSON.parse(refused.stdout).some(
      (row: { verdict: string; fix: string | null }) => row.verdict === "refuse" && row.fix !== null,
    ),
  );
});

test("targets lists every built-in target", async () => {
  const { code, stdout } = await holdfast("targets", "--json");
  assert.equal(code, 0);
  assert.deepEqual(
    JSON.parse(stdout)
      .map(({ name }: { name: string }) => name)
      .sort(),
    ["cpython", "go", "node", "pypy", "rehearsal"],
  );
});
