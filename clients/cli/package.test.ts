/**
 * The package as npm makes it, installed where nothing else is: what is in it, and that it runs without a compiler, Go
 * or Python.
 */
import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { after, describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import type { Report } from "../report/model/report.ts";
import { findPort } from "../target/port.ts";
import { projectRoot } from "../target/project-root.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-package-"));
const started: ChildProcess[] = [];
after(() => {
  for (const child of started) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

function run(cwd: string, file: string, args: string[], env: NodeJS.ProcessEnv = process.env): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(file, args, { cwd, env, timeout: 240_000, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
    });
  });
}

/** The package made of what is built: `prepack`, which builds, would race with other tests. */
async function pack(): Promise<{ file: string; paths: string[] }> {
  const { code, stdout, stderr } = await run(projectRoot, "npm", [
    "pack",
    "--ignore-scripts",
    "--json",
    "--pack-destination",
    folder,
  ]);
  assert.equal(code, 0, stderr);
  const [made] = JSON.parse(stdout) as { filename: string; files: { path: string }[] }[];
  assert.ok(made !== undefined);
  return { file: join(folder, basename(made.filename)), paths: made.files.map(({ path }) => path) };
}

/** A PATH on which Node, npm and the shell are, and nothing that builds. */
function barePath(): string {
  const bin = join(folder, "bin");
  mkdirSync(bin);
  const places = [dirname(process.execPath), ...(process.env.PATH ?? "").split(":")];
  for (const program of ["node", "npm", "npx", "sh", "env", "openssl"]) {
    const place = places.find((each) => readdirSync(each, { encoding: "utf8" }).includes(program));
    if (place !== undefined) symlinkSync(join(place, program), join(bin, program));
  }
  return bin;
}

/** The rehearsal target of this build, running before the package is asked. */
async function runningTarget(): Promise<string> {
  const [port, tcpPort] = await Promise.all([findPort(), findPort()]);
  await Promise.all([port.release(), tcpPort.release()]);
  const main = fileURLToPath(new URL("../../services/target-rehearsal/main.js", import.meta.url));
  started.push(
    spawn(
      process.execPath,
      [main, "--host", "127.0.0.1", "--port", String(port.port), "--tcp-port", String(tcpPort.port)],
      { stdio: "ignore" },
    ),
  );
  const isUp = (): Promise<boolean> =>
    new Promise((resolve) =>
      get(`http://127.0.0.1:${port.port}/healthz`, { agent: false }, (answer) =>
        resolve(answer.resume().statusCode === 200),
      ).on("error", () => resolve(false)),
    );
  const untilMs = performance.now() + 30_000;
  while (!(await isUp())) {
    assert.ok(performance.now() < untilMs, "the target comes up");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return `ws://127.0.0.1:${port.port}/push?intervalMs=200&bytes=100&timing=burst&group=0`;
}

const unreachable = /ENOTFOUND|ECONNREFUSED|EAI_AGAIN|ETIMEDOUT|ENETUNREACH|ENOTCACHED|ECONNRESET/;

/** Installs the package alone into an empty folder; false, with the test skipped, where no registry is reached. */
async function install(test: TestContext, file: string, into: string): Promise<boolean> {
  mkdirSync(into);
  const installed = await run(into, "npm", [
    "install",
    file,
    "--prefer-offline",
    "--no-audit",
    "--no-fund",
    "--ignore-scripts",
    "--loglevel=error",
  ]);
  if (installed.code !== 0 && unreachable.test(installed.stderr))
    test.skip(`npm reaches no registry: ${installed.stderr.split("\n")[0]}`);
  else assert.equal(installed.code, 0, installed.stderr);
  return installed.code === 0;
}

describe("the package", { timeout: 300_000 }, () => {
  const packed = pack();

  it("holds the program, the targets' sources, the dashboards and the docs", async () => {
    const { paths } = await packed;
    const wanted = [
      "dist/clients/cli/main.js",
      "dist/services/control/main.js",
      "dist/services/agent/main.js",
      "dist/services/target-rehearsal/main.js",
    ];
    const sources = [
      "services/target-go/main.go",
      "services/target-go/go.sum",
      "services/target-python/holdfast_target/app.py",
      "services/target-node/main.ts",
    ];
    const texts = [
      "README.md",
      "LICENSE",
      "CHANGELOG.md",
      "docs/scenario.md",
      "grafana/dashboards/holdfast-overview.json",
      "services/target-go/target.json",
    ];
    for (const path of [...wanted, ...sources, ...texts]) assert.ok(paths.includes(path), path);
    for (const [, page = ""] of readFileSync(join(projectRoot, "README.md"), "utf8").matchAll(
      /\]\((docs\/[a-z-]+\.md)\)/g,
    ))
      assert.ok(paths.includes(page), `README.md leads to ${page}`);
  });

  it("holds no test, no bench, nothing built by or for a machine", async () => {
    const { paths } = await packed;
    const unwanted =
      /\.test\.|_test\.go$|(^|\/)(tests|testing|bench|build|\.venv[^/]*|__pycache__|node_modules|\.setup)\/|\.tsbuildinfo$|^runs\/|^\.|^dist\/\./;
    assert.deepEqual(
      paths.filter((path) => unwanted.test(path)),
      [],
    );
  });

  it("runs against a target that is there, installed in an empty folder, without anything that builds", async (test) => {
    const { file } = await packed;
    const home = join(folder, "home");
    if (!(await install(test, file, home))) return;
    const env = { ...process.env, PATH: barePath(), HOLDFAST_RUNS: join(home, "runs"), npm_config_offline: "true" };
    const version = await run(home, "npx", ["--no-install", "holdfast", "--version"], env);
    const { version: wanted } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as {
      version: string;
    };
    assert.equal(version.stdout.trim(), wanted, version.stderr);
    const target = await runningTarget();
    const asked = [
      "connections",
      "--target",
      target,
      "--connections",
      "20",
      "--push-interval",
      "200ms",
      "--hold",
      "2s",
      "--json",
    ];
    const { code, stdout, stderr } = await run(home, "npx", ["--no-install", "holdfast", ...asked], env);
    assert.equal(stdout === "" ? stderr : "", "");
    const report = JSON.parse(stdout) as Report;
    assert.deepEqual(
      [report.connections.planned, report.connections.opened, report.connections.refused],
      [20, 20, 0],
      stderr,
    );
    assert.ok(
      report.pushes !== null &&
        report.pushes.received > 0 &&
        report.pushes.due === report.pushes.received + report.pushes.lost,
    );
    // A busy machine may have made the generator wait: then the run is invalid, and says so; it is never unreachable or
    // a wrong call.
    assert.ok([0, 1, 3].includes(code), `${code}: ${stderr}`);
    assert.equal(report.host.holdfast, wanted);
    assert.deepEqual(readdirSync(join(home, "runs")).length, 1);
  });
});

it("has one version: the images that the deployment files name are of it", () => {
  const { version } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as { version: string };
  for (const name of ["docker-compose.yml", "deploy/kubernetes/holdfast.yaml"]) {
    const named = [...readFileSync(join(projectRoot, name), "utf8").matchAll(/image: (holdfast[a-z-]*):(\S+)/g)];
    assert.ok(named.length > 0);
    for (const [whole, , tag] of named) assert.equal(tag, version, `${name}: ${whole}`);
  }
});
