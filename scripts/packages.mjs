/**
 * System packages: finds missing commands and, as root on Debian or Ubuntu, installs the packages that provide them.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isInstalled, root, run, say } from "./step.mjs";

/** Programs used by the product and its tests besides the targets: any one of `programs` is sufficient. */
const ownNeeds = [
  { programs: ["redis-server"], apt: ["redis-server"], use: "the API scenario" },
  { programs: ["mosquitto", "/usr/sbin/mosquitto"], apt: ["mosquitto"], use: "the tests against an MQTT broker" },
  {
    programs: ["/usr/lib/rabbitmq/bin/rabbitmq-server"],
    apt: ["rabbitmq-server"],
    use: "the tests against RabbitMQ's STOMP",
  },
  { programs: ["promtool"], apt: ["prometheus"], use: "the Prometheus tests" },
  {
    programs: ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
    apt: ["chromium"],
    use: "the page tests",
  },
];

const policy = "/usr/sbin/policy-rc.d";

function targetNeeds() {
  const needs = [];
  const services = join(root, "services");
  for (const name of existsSync(services) ? readdirSync(services) : []) {
    const path = join(services, name, "target.json");
    if (!name.startsWith("target-") || !existsSync(path)) continue;
    try {
      for (const target of JSON.parse(readFileSync(path, "utf8")).targets) {
        for (const need of target.needs)
          needs.push({ ...need, folder: join(services, name), use: `target ${target.name}` });
      }
    } catch (error) {
      say(`${path}: ${error.message}`);
    }
  }
  return needs;
}

async function isMissing(need) {
  if (need.programs !== undefined) return !need.programs.some(isInstalled);
  const check = need.check[0] === "node" ? [process.execPath, ...need.check.slice(1)] : need.check;
  return (await run(check, { cwd: need.folder, timeoutMs: 10_000 })).code !== 0;
}

/**
 * Unmet needs, in order. Target checks start a process each, program checks do not; `quick` skips the target checks.
 */
export async function missingNeeds({ quick }) {
  const needs = quick ? ownNeeds : [...ownNeeds, ...targetNeeds()];
  const missing = await Promise.all(needs.map(isMissing));
  return needs.filter((_, index) => missing[index]);
}

const byHand = (need) => (need.apt === undefined ? need.install : `apt-get install ${need.apt.join(" ")}`);

function tell(needs) {
  for (const need of needs) say(`${need.use} is unavailable until you run: ${need.install ?? byHand(need)}`);
}

/** Prevents Debian from starting the services it installs: nobody asked for a redis-server on its default port. */
async function withoutServices(work) {
  const ours = !existsSync(policy);
  if (ours) writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    return await work();
  } finally {
    if (ours) rmSync(policy, { force: true });
  }
}

const aptGet = (...rest) =>
  run(["apt-get", "-q", "-o", "DPkg::Lock::Timeout=120", ...rest], {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" },
    timeoutMs: 420_000,
  });
const install = (packages) => aptGet("install", "-y", "--no-install-recommends", ...packages);

async function installAll(needs) {
  const packages = [...new Set(needs.flatMap((need) => need.apt))];
  say(`installing system packages: ${packages.join(" ")}`);
  const update = await aptGet("update");
  if (update.code !== 0) say(`apt-get update: ${update.output.trim().split("\n").at(-1)}`);
  const all = await install(packages);
  if (all.code === 0) return;
  // One package missing from this distribution must not block the others.
  for (const need of needs) {
    const one = await install(need.apt);
    if (one.code !== 0) say(`${byHand(need)}: ${one.output.trim().split("\n").at(-1)}`);
  }
}

/**
 * Installs what is missing where possible, and otherwise prints the command to run. Returns the needs still missing.
 */
export async function installPackages(missing) {
  const installable = missing.filter((need) => need.apt !== undefined);
  const isRoot = process.getuid?.() === 0;
  if (installable.length > 0 && isRoot && isInstalled("apt-get")) await withoutServices(() => installAll(installable));
  const still = [];
  for (const need of missing) if (await isMissing(need)) still.push(need);
  tell(still);
  return still;
}
