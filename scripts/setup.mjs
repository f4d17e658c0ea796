/**
 * Sets up everything: Node packages, system packages, dist/, the targets. Prints one line per step, and nothing when
 * everything is in place. `--packages`: Node packages only. `--no-system`: no system packages.
 */
import { createHash } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { filesBelow, root, run, say } from "./step.mjs";

const oldestNode = [20, 19];
const lockCopy = join(root, "node_modules/.holdfast-lock");
const packageRecord = join(root, ".setup/packages.json");

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return;
  process.stderr.write(
    `holdfast: expected Node ${oldestNode.join(".")} or newer, this is ${process.versions.node}: install one from https://nodejs.org\n`,
  );
  process.exit(1);
}

const hashOf = (...texts) => createHash("sha256").update(texts.join("\0")).digest("hex");
const read = (path) => (existsSync(path) ? readFileSync(path, "utf8") : "");

async function installNodePackages() {
  const wanted = hashOf(read(join(root, "package-lock.json")));
  if (read(lockCopy) === wanted) return;
  say("installing Node packages (npm ci)");
  const quiet = ["--include=dev", "--no-audit", "--no-fund", "--loglevel=error"];
  let { code, output } = await run(["npm", "ci", ...quiet]);
  if (code !== 0 && output.includes("EUSAGE")) {
    // npm ci rejects a lockfile created where other platforms' optional packages were not visible; npm install accepts
    // it and keeps its versions.
    say("installing Node packages (npm install, as the lockfile names too few optional packages for npm ci)");
    const lock = read(join(root, "package-lock.json"));
    ({ code, output } = await run(["npm", "install", "--no-save", ...quiet]));
    writeFileSync(join(root, "package-lock.json"), lock);
  }
  if (code !== 0) {
    process.stderr.write(`${output}\nholdfast: installing Node packages failed, see above\n`);
    process.exit(1);
  }
  writeFileSync(lockCopy, wanted);
}

/** A failed attempt is not repeated automatically until the needs change; `npm run setup` repeats it. */
async function installSystemPackages() {
  const manifests = [...filesBelow(join(root, "services"), (name) => name.startsWith("target-"))]
    .filter((path) => path.endsWith("target.json"))
    .sort();
  const asked = hashOf(...manifests.map(read));
  const record = JSON.parse(read(packageRecord) || "{}");
  const again = process.env.npm_lifecycle_event === "setup" || record.asked !== asked;
  const { installPackages, missingNeeds } = await import("./packages.mjs");
  const missing = await missingNeeds({ quick: !again });
  const known = new Set(record.missing ?? []);
  if (!again && missing.every((need) => known.has(need.use))) return;
  const still = await installPackages(missing);
  mkdirSync(join(root, ".setup"), { recursive: true });
  const uses = [...new Set([...(again ? [] : known), ...still.map((need) => need.use)])];
  writeFileSync(packageRecord, `${JSON.stringify({ asked, missing: uses })}\n`);
}

/**
 * `npx holdfast` first looks in node_modules/.bin, but npm links only installed packages there, not the project itself.
 */
function linkCommand() {
  const link = join(root, "node_modules/.bin/holdfast");
  if (lstatSync(link, { throwIfNoEntry: false }) !== undefined || process.platform === "win32") return;
  mkdirSync(join(root, "node_modules/.bin"), { recursive: true });
  symlinkSync("../../dist/clients/cli/main.js", link);
}

async function buildTargets() {
  const { code } = await run([process.execPath, join(root, "dist/clients/target/build-main.js")], {
    show: true,
    timeoutMs: 900_000,
  });
  if (code !== 0) say("a target could not be built, see above; the others are ready");
}

checkNode();
await installNodePackages();
if (!process.argv.includes("--packages")) {
  if (!process.argv.includes("--no-system")) await installSystemPackages();
  const { build } = await import("./build.mjs");
  if (!(await build())) process.exit(1);
  linkCommand();
  await buildTargets();
}
