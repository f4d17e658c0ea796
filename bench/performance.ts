/**
 * The tables of docs/performance.md, generated from the latest results. `node dist/bench/performance.js` writes them.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { projectRoot } from "../clients/target/project-root.ts";
import { factsText, machineText, markdownTable, newestResults, reachWord } from "./results.ts";
import { rows } from "./rows.ts";

const page = join(projectRoot, "docs/performance.md");
const begin = "<!-- results: made by bench/performance.ts -->";
const end = "<!-- end of results -->";

/** The generated part: which goals were met, then a line for every row. */
function performanceTables(): string {
  const newest = newestResults();
  const kept = rows.flatMap(({ name }) => newest.get(name) ?? []);
  const waiting = rows.filter(({ name }) => !newest.has(name)).map(({ name }) => name);
  const reached = kept.flatMap(({ result: { row, reaches } }) =>
    reaches.map(({ what, goal, measured, isReached }) => [row, what, goal, measured, reachWord(isReached)]),
  );
  const lineOf = ({ result, session }: (typeof kept)[number]): string =>
    `- [${result.row}](../bench/results/${session}.md): ${result.title}. ${factsText(result)}`;
  const machines = new Set(kept.map(({ result }) => `- ${machineText(result.machine)}`));
  return [
    markdownTable(["row", "what", "goal", "measured", "reached"], reached),
    "### Rows",
    [
      ...kept.map(lineOf),
      ...(waiting.length === 0 ? [] : [`- Not measured at full size yet: ${waiting.join(", ")}.`]),
    ].join("\n"),
    "### Machines",
    [...machines].join("\n"),
  ].join("\n\n");
}

/** Replaces the tables between the marks of a page. */
export function withTables(text: string, tables: string): string {
  const [head, rest] = text.split(begin);
  const tail = rest?.split(end)[1];
  if (head === undefined || tail === undefined)
    throw new Error(`expected "${begin}" and "${end}" in docs/performance.md`);
  return `${head}${begin}\n\n${tables}\n\n${end}${tail}`;
}

/** The page as it should be, and as it is. */
export function performancePage(): { wanted: string; present: string } {
  const present = readFileSync(page, "utf8");
  return { wanted: withTables(present, performanceTables()), present };
}

/** Rewrites docs/performance.md from the latest results of all rows. */
export function writePerformancePage(): void {
  writeFileSync(page, performancePage().wanted);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writePerformancePage();
