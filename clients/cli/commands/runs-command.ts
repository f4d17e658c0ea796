/** `holdfast runs`: what has been run, newest first. A run that was killed is shown as interrupted. */
import type { Command } from "commander";
import { comparisonOf } from "../../report/model/figures/comparison.ts";
import { listRuns, readReport } from "../../run/folder/run-folder.ts";
import { addRunsFolderFlag } from "../run-flags.ts";

export function addRunsCommand(program: Command, exit: (code: number) => void): void {
  addRunsFolderFlag(program.command("runs"))
    .description("list runs, newest first")
    .option("--most <N>", "at most this many", (text) => Number(text), 20)
    .option("--json", "print them as JSON")
    .action((flags: { runs: string; most: number; json?: boolean }) => {
      const reports = listRuns(flags.runs)
        .slice(0, flags.most)
        .flatMap((run) => readReport(flags.runs, run) ?? []);
      const rows = reports.map((report) => {
        const { run, kind, target, state, verdict, connections, timing, latencyMs } = report;
        const comparison = comparisonOf(report);
        return {
          run,
          kind,
          target: target.name,
          state,
          verdict,
          planned: connections.planned,
          opened: connections.opened,
          pushP99Ms: latencyMs.push?.p99 ?? null,
          startedAt: timing.startedAt,
          ...(comparison === null ? {} : { runs: comparison.summary.members.map((member) => member.run) }),
        };
      });
      const lines = rows.map((row) => {
        const outcome = row.state === "finished" ? (row.verdict ?? "") : row.state;
        const p99 = row.pushP99Ms === null ? "" : `push p99 ${row.pushP99Ms.toFixed(1)} ms`;
        if (row.runs !== undefined)
          return `${row.run.padEnd(52)} ${outcome.padEnd(11)} ${`${row.runs.length} runs`.padStart(24)}  ${row.target}`;
        return `${row.run.padEnd(52)} ${outcome.padEnd(11)} ${`${row.opened.toLocaleString("en-US")}/${row.planned.toLocaleString("en-US")} opened`.padStart(24)}  ${p99}`;
      });
      const empty = `no runs in ${flags.runs} yet; start one with: holdfast connections --target go`;
      process.stdout.write(
        flags.json === true ? `${JSON.stringify(rows)}\n` : `${lines.length > 0 ? lines.join("\n") : empty}\n`,
      );
      exit(0);
    });
}
