/** Location of this package: the checkout, or node_modules/holdfast where it is installed. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The nearest folder at or above `from` with a package.json. dist/ has none, so sources and compiled files find the
 * same one.
 */
export function findPackageFolder(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return folder;
    if (dirname(folder) === folder)
      throw new Error(`expected a package.json in ${from} or above it, found none: install the package again`);
  }
}

/** The project root: the folder with our package.json. */
export const projectRoot: string = findPackageFolder(dirname(fileURLToPath(import.meta.url)));

/** The version in our package.json. */
export function holdfastVersion(): string {
  const { version } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as { version: string };
  return version;
}
