/** When the inputs of a build last changed: `*` and `**` patterns without a dependency (Node 20 lacks fs.glob). */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const skipped = (name: string): boolean =>
  name === "node_modules" || name === "__pycache__" || name === "build" || name.startsWith(".venv");

/**
 * Converts a pattern to a regular expression over `/`-separated relative paths; a pattern naming a folder covers
 * everything below it.
 */
export function patternToRegExp(pattern: string): RegExp {
  const parts = pattern.replace(/^\.\//, "").split("/");
  const source = parts
    .map((part, index) => {
      const last = index === parts.length - 1;
      if (part === "**") return last ? ".*" : "(?:[^/]+/)*";
      const literal = part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", "[^/]*");
      return last ? literal : `${literal}/`;
    })
    .join("");
  return new RegExp(`^${source}(?:/.*)?$`);
}

/**
 * Newest modification time of the matching files below `folder`, milliseconds; 0 when there is none. Patterns may start
 * with `../`.
 */
export function newestInputMs(folder: string, patterns: readonly string[]): number {
  let newestMs = 0;
  const outside = patterns.filter((pattern) => pattern.startsWith("../"));
  for (const pattern of outside) {
    const path = join(folder, pattern);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory()) newestMs = Math.max(newestMs, newestInputMs(path, ["**"]));
    else if (stat !== undefined) newestMs = Math.max(newestMs, stat.mtimeMs);
  }
  const matchers = patterns.filter((pattern) => !pattern.startsWith("../")).map(patternToRegExp);
  const walk = (relative: string): void => {
    for (const entry of readdirSync(join(folder, relative), { withFileTypes: true })) {
      const path = relative === "" ? entry.name : `${relative}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!skipped(entry.name)) walk(path);
      } else if (matchers.some((matcher) => matcher.test(path)))
        newestMs = Math.max(newestMs, statSync(join(folder, path)).mtimeMs);
    }
  };
  if (matchers.length > 0) walk("");
  return newestMs;
}
