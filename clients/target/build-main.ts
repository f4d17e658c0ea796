/**
 * Builds every target whose runtime is installed (called by scripts/setup.mjs); `--apt` prints the missing packages.
 */
import { checkAvailability, neededAptPackages } from "./availability.ts";
import { buildTarget, needsBuild } from "./build.ts";
import { type ManifestTarget, readManifests } from "./manifest.ts";

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Builds one target; false when its build failed. A missing runtime is reported and does not count as a failure. */
async function buildOne(target: ManifestTarget): Promise<boolean> {
  const availability = await checkAvailability(target);
  if (availability.state === "unavailable") {
    say(`target ${target.name} is unavailable: ${availability.why}. To install it: ${availability.install}`);
    return true;
  }
  try {
    await buildTarget(target, { onProgress: say });
    return true;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return false;
  }
}

async function main(): Promise<void> {
  const targets = readManifests();
  if (process.argv.includes("--apt")) return say((await neededAptPackages(targets)).join(" "));
  // Each check starts a process, so only targets that would be built are checked.
  const stale = targets.filter(needsBuild);
  const results = await Promise.all(stale.map(buildOne));
  if (results.includes(false)) process.exitCode = 1;
}

await main();
