/** docs/performance.md's tables, made from the newest results. `node dist/bench/performance.js` writes them. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { projectRoot } from "../clients/target/project-root.ts";
import { machineText, markdownTable, newestResults, reachWord, resultMarkdown } from "./results.ts";
import type { Result } from "./row.ts";
import { rows } from "./rows.ts";

const page = join(projectRoot, "docs/performance.md");
const begin = "<!-- results: made by bench/performance.ts -->";
const end = "<!-- end of results -->";

/** The generated part: what was reached, then every row. */
export function performanceTables(results: readonly Result[]): string {
  if (results.length === 0) return "No results yet: `npm run bench`.";
  const reached = results.flatMap((result) =>
    result.reaches.map((reach) => [result.row, reach.what, reach.goal, reach.measured, reachWord(reach.isReached)]),
  );
  const machines = [...new Set(results.map(({ machine }) => machineText(machine)))];
  return [
    ...machines,
    "### What was reached",
    markdownTable(["row", "what", "goal", "measured", "reached"], reached),
    ...results.map(resultMarkdown),
  ].join("\n\n");
}

/** Puts the tables between the marks of a page. */
export function withTables(text: string, tables: string): string {
  const [head, rest] = text.split(begin);
  const tail = rest?.split(end)[1];
  if (head === undefined || tail === undefined)
    throw new Error(`expected "${begin}" and "${end}" in docs/performance.md`);
  return `${head}${begin}\n\n${tables}\n\n${end}${tail}`;
}

/** The page as it should read, and as it reads. */
export function performancePage(): { wanted: string; present: string } {
  const newest = newestResults();
  const results = rows.flatMap(({ name }) => newest.get(name) ?? []);
  const present = readFileSync(page, "utf8");
  return { wanted: withTables(present, performanceTables(results)), present };
}

/** Rewrites docs/performance.md from the newest results of all rows. */
export function writePerformancePage(): void {
  writeFileSync(page, performancePage().wanted);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writePerformancePage();
