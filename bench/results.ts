/** Results are kept: one JSON and one Markdown file a session of the bench, named by date and commit. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../clients/target/project-root.ts";
import type { Machine } from "./machine.ts";
import type { Result } from "./row.ts";

const folder = join(projectRoot, "bench/results");

const cell = (text: string): string => text.replaceAll("|", "\\|");
const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;

export function markdownTable(columns: readonly string[], lines: readonly (readonly string[])[]): string {
  return [line(columns), `|${columns.map((_, i) => (i === 0 ? "---" : "---:")).join("|")}|`, ...lines.map(line)].join(
    "\n",
  );
}

/** yes, no or not measured. */
export const reachWord = (isReached: boolean | null): string =>
  isReached === null ? "not measured" : isReached ? "yes" : "**no**";

export function machineText({ os, kernel, cpu, cores, memoryMiB, versions }: Machine): string {
  const programs = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `${cores} x ${cpu}, ${Math.round(memoryMiB / 1024)} GiB, ${os}, Linux ${kernel}; ${programs.join(", ")}`;
}

/** One result as a section of Markdown. */
export function resultMarkdown(result: Result): string {
  const { row, title, at, commit, quick, rounds, tookSeconds, machine, columns, lines, reaches, notes } = result;
  const head = `### ${row}: ${title}`;
  const facts = `${at.slice(0, 10)}, commit ${commit}, ${rounds} ${rounds === 1 ? "round" : "rounds"}${quick ? ", quick" : ""}, ${Math.round(tookSeconds)} s, load before ${machine.load.toFixed(1)}.`;
  const wanted =
    reaches.length === 0
      ? []
      : [
          markdownTable(
            ["to reach", "goal", "measured", "reached"],
            reaches.map((r) => [r.what, r.goal, r.measured, reachWord(r.isReached)]),
          ),
        ];
  return [head, facts, markdownTable(columns, lines), ...wanted, ...notes.map((note) => `- ${note}`)]
    .join("\n\n")
    .replaceAll("\n\n- ", "\n- ")
    .replace(/\|\n- /, "|\n\n- ");
}

/** Writes the results of a session so far. Returns the path of the Markdown file. */
export function keepResults(name: string, results: readonly Result[]): string {
  mkdirSync(folder, { recursive: true });
  const machine = results[0] === undefined ? "" : machineText(results[0].machine);
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(results, null, 1)}\n`);
  const path = join(folder, `${name}.md`);
  writeFileSync(path, `## Bench ${name}\n\n${machine}\n\n${results.map(resultMarkdown).join("\n\n")}\n`);
  return path;
}

/** The newest result of each row. Quick ones count only where there is no other. */
export function newestResults(): Map<string, Result> {
  const newest = new Map<string, Result>();
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith(".json")) : [];
  for (const file of files.sort()) {
    for (const result of JSON.parse(readFileSync(join(folder, file), "utf8")) as Result[]) {
      const known = newest.get(result.row);
      if (known === undefined || known.quick || !result.quick) newest.set(result.row, result);
    }
  }
  return newest;
}
