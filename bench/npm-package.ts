/** An npm package needed only by the bench: installed once into a cache outside the tree. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const mostMs = 120_000;

/** The folder whose `node_modules` has the package, or why there is none. */
export function npmPackage(name: string, version: string): { folder: string } | { missing: string } {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  const folder = join(cache, "holdfast", "bench", `${name}-${version}`);
  if (existsSync(join(folder, "node_modules", name))) return { folder };
  mkdirSync(folder, { recursive: true });
  try {
    const words = ["install", "--prefix", folder, "--no-save", "--no-audit", "--no-fund", `${name}@${version}`];
    execFileSync("npm", words, { stdio: ["ignore", "ignore", "pipe"], timeout: mostMs });
    return { folder };
  } catch (error) {
    return { missing: `npm install ${name}@${version}: ${(error as Error).message.split("\n")[0]}` };
  }
}
