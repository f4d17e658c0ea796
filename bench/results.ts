/** Stored results: one JSON and one Markdown file per bench session, named by date and commit. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../clients/target/project-root.ts";
import type { Machine } from "./machine.ts";
import type { Result } from "./row.ts";

const folder = join(projectRoot, "bench/results");
/** Quick results only show that rows work, and are not stored permanently. */
const quickFolder = join(projectRoot, ".cache/bench/results");

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

/** When, of which commit and under which load a result was measured. */
export function factsText({ at, commit, quick, rounds, tookSeconds, machine }: Result): string {
  const turns = `${rounds} ${rounds === 1 ? "round" : "rounds"}${quick ? ", quick" : ""}`;
  const load = machine.load.toFixed(1);
  return `${at.slice(0, 10)}, commit ${commit}, ${turns}, ${Math.round(tookSeconds)} s, load before ${load}.`;
}

/** One result as a Markdown section. */
export function resultMarkdown(result: Result): string {
  const { row, title, columns, lines, reaches, notes } = result;
  const head = `### ${row}: ${title}`;
  const facts = factsText(result);
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
  const into = results.every(({ quick }) => quick) ? quickFolder : folder;
  mkdirSync(into, { recursive: true });
  const machine = results[0] === undefined ? "" : machineText(results[0].machine);
  writeFileSync(join(into, `${name}.json`), `${JSON.stringify(results, null, 1)}\n`);
  const path = join(into, `${name}.md`);
  writeFileSync(path, `## Bench ${name}\n\n${machine}\n\n${results.map(resultMarkdown).join("\n\n")}\n`);
  return path;
}

interface Kept {
  result: Result;
  /** Name of its file, without extension. */
  session: string;
}

/** Stored sessions, oldest first. */
export const keptSessions = (): string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((file) => file.endsWith(".json"))
        .map((file) => file.slice(0, -".json".length))
        .sort()
    : [];

/** The latest result of each row, and where it is stored. */
export function newestResults(): Map<string, Kept> {
  const newest = new Map<string, Kept>();
  for (const session of keptSessions()) {
    for (const result of JSON.parse(readFileSync(join(folder, `${session}.json`), "utf8")) as Result[])
      if (!result.quick) newest.set(result.row, { result, session });
  }
  return newest;
}

/** Removes sessions that contain no row's latest result; they remain in git. */
export function removeSuperseded(): void {
  const needed = new Set([...newestResults().values()].map(({ session }) => session));
  for (const session of keptSessions().filter((name) => !needed.has(name)))
    for (const kind of ["json", "md"]) rmSync(join(folder, `${session}.${kind}`), { force: true });
}
