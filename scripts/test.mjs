/**
 * Runs every test: node:test over dist/, and beside it `go test` and Python's unittest on both runtimes. Arguments
 * filter by path: `npm test -- measure` runs the files with "measure" in their path. A complete run also reports how
 * much of the code the node:test tests executed, including shard and service processes. The last line is `N passed, N
 * failed, N skipped` over all stages.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { filesBelow, isInstalled, root, run, say } from "./step.mjs";

const patterns = process.argv.slice(2);
const isAsked = (path) => patterns.length === 0 || patterns.some((pattern) => path.includes(pattern));
/** Node also applies it to each file as a whole. */
const perTestMs = 300_000;
const perStageMs = 1_800_000;

/** Counts of a stage that could not run because its runtime is missing. */
const skipped = (why) => ({ passed: 0, failed: 0, skipped: 1, why });
const failed = (why) => ({ passed: 0, failed: 1, skipped: 0, why });

/**
 * Tests whose truth is in seconds that must not be missed (a scrape of Prometheus, the delays of each answer): they run
 * after the others, one file at a time.
 */
const alone = [
  "clients/selftest/cases-api.test.js",
  "clients/selftest/cases-streams.test.js",
  "grafana/live-dashboards.test.js",
  "grafana/testing/query-check.test.js",
];

async function runNode() {
  const dist = join(root, "dist");
  const files = [...filesBelow(dist)]
    .filter((path) => path.endsWith(".test.js") && isAsked(relative(dist, path)))
    .sort();
  if (files.length === 0) return null;
  const gone = alone.filter((path) => isAsked(path) && !files.includes(join(dist, path)));
  if (gone.length > 0) return failed(`to run alone, and not there: ${gone.join(", ")}`);
  const isAlone = (path) => alone.includes(relative(dist, path));
  const folder = mkdtempSync(join(tmpdir(), "holdfast-test-"));
  const coverage = patterns.length === 0 ? join(folder, "coverage") : null;
  try {
    const together = await runFiles(
      files.filter((path) => !isAlone(path)),
      3,
      folder,
      coverage,
    );
    const single = await runFiles(files.filter(isAlone), 1, folder, coverage);
    if (coverage !== null) await sayCoverage(coverage);
    return add(together, single);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The counts of some files, `atOnce` of them at a time. */
async function runFiles(files, atOnce, folder, coverage) {
  if (files.length === 0) return { passed: 0, failed: 0, skipped: 0 };
  const counted = join(folder, "counts.json");
  rmSync(counted, { force: true });
  const reporters = ["--test-reporter=spec", "--test-reporter-destination=stdout"];
  reporters.push(`--test-reporter=${join(root, "scripts/test-count.mjs")}`, `--test-reporter-destination=${counted}`);
  const limits = [`--test-concurrency=${atOnce}`, `--test-timeout=${perTestMs}`];
  const env = coverage === null ? process.env : { ...process.env, NODE_V8_COVERAGE: coverage };
  const { code } = await run([process.execPath, "--test", ...limits, ...reporters, ...files], {
    show: true,
    env,
    timeoutMs: perStageMs,
  });
  const text = existsSync(counted) ? readFileSync(counted, "utf8").trim() : "";
  if (text === "") return failed("it ended without a count");
  const counts = JSON.parse(text);
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1, why: `it exited with ${code}` } : counts;
}

const add = (one, other) => ({
  passed: one.passed + other.passed,
  failed: one.failed + other.failed,
  skipped: one.skipped + other.skipped,
  why: one.why ?? other.why,
});

async function sayCoverage(folder) {
  const product = ["clients", "services"].flatMap((room) => ["--include", `dist/${room}/**/*.js`]);
  const without = ["--exclude", "**/*.test.js", "--exclude", "**/testing/**"];
  await run(
    [
      process.execPath,
      join(root, "node_modules/c8/bin/c8.js"),
      "report",
      "--temp-directory",
      folder,
      "--reporter",
      "text-summary",
      ...product,
      ...without,
    ],
    {
      show: true,
    },
  );
}

/**
 * Counts the lines of `go test -json`: top-level tests, and packages that failed without one (they did not compile).
 */
function countGo(output) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const failedIn = new Set();
  const kinds = { pass: "passed", fail: "failed", skip: "skipped" };
  for (const line of output.split("\n")) {
    if (!line.startsWith("{")) {
      if (line !== "") say(line);
      continue;
    }
    const { Action: action, Test: test, Package: name, Output: text } = JSON.parse(line);
    if (action === "output" || action === "build-output") {
      if (/FAIL|panic|_test\.go:|\.go:\d+/.test(text)) process.stdout.write(text);
    } else if (action in kinds && test !== undefined && !test.includes("/")) {
      counts[kinds[action]]++;
      if (action === "fail") failedIn.add(name);
    } else if (action === "fail" && test === undefined && !failedIn.has(name)) counts.failed++;
  }
  return counts;
}

async function runGo() {
  const folder = join(root, "services/target-go");
  if (!existsSync(join(folder, "go.mod")) || !isAsked("services/target-go")) return null;
  if (!isInstalled("go")) return skipped("go is not installed");
  const { code, output } = await run(["go", "test", "-json", "-timeout", "5m", "./..."], {
    cwd: folder,
    timeoutMs: perStageMs,
  });
  const counts = countGo(output);
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1, why: `go test exited with ${code}` } : counts;
}

/** Parses unittest's last lines: `Ran 12 tests in 1.0s` and `FAILED (failures=1, errors=2, skipped=3)`. */
function countUnittest(output) {
  const ran = Number(/^Ran (\d+) tests?/m.exec(output)?.[1] ?? 0);
  const last = output.trim().split("\n").at(-1) ?? "";
  const amount = (name) => Number(new RegExp(`\\b${name}=(\\d+)`).exec(last)?.[1] ?? 0);
  const failures = amount("failures") + amount("errors") + amount("unexpected successes");
  return { passed: Math.max(0, ran - failures - amount("skipped")), failed: failures, skipped: amount("skipped") };
}

async function runPython(runtime, program) {
  const folder = join(root, "services/target-python");
  if (!existsSync(join(folder, "tests")) || !isAsked("services/target-python")) return null;
  if (!isInstalled(join(folder, program))) return skipped(`${program} was not built (holdfast targets says why)`);
  const { code, output } = await run([join(folder, program), "-m", "unittest", "discover", "-t", ".", "-s", "tests"], {
    cwd: folder,
    timeoutMs: perStageMs,
  });
  const counts = countUnittest(output);
  if (code !== 0) process.stdout.write(output);
  return code !== 0 && counts.failed === 0
    ? { ...counts, failed: 1, why: `unittest on ${runtime} exited with ${code}` }
    : counts;
}

const line = ({ passed, failed: failures, skipped: left }) => `${passed} passed, ${failures} failed, ${left} skipped`;
const nodeStages = [["node:test", runNode]];
const otherStages = [
  ["go test", runGo],
  ["unittest on CPython", () => runPython("CPython", ".venv-cpython/bin/python")],
  ["unittest on PyPy", () => runPython("PyPy", ".venv-pypy/bin/pypy3")],
];

/** One stage after the other; returns those that had something to run. */
async function runStages(stages) {
  const done = [];
  for (const [name, stage] of stages) {
    const begunMs = Date.now();
    const counts = await stage();
    if (counts === null) continue;
    const why = counts.why === undefined ? "" : ` (${counts.why})`;
    const text = `${name}: ${line(counts)} in ${((Date.now() - begunMs) / 1000).toFixed(1)} s${why}`;
    say(text);
    done.push({ counts, text });
  }
  return done;
}

// The targets' own tests are over long before the tests that run alone.
const ended = (await Promise.all([nodeStages, otherStages].map(runStages))).flat();
const total = ended.map(({ counts }) => counts).reduce(add, { passed: 0, failed: 0, skipped: 0 });
if (ended.length === 0) {
  process.stderr.write(`no test has ${patterns.join(" or ")} in its path\n`);
  process.exit(1);
}
say(`\n${ended.map(({ text }) => text).join("\n")}\n\n${line(total)}`);
process.exitCode = total.failed > 0 ? 1 : 0;
