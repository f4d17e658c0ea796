/** Holdfast as users start it: through the command line, with its report. */
import { join } from "node:path";
import type { Report } from "../../clients/report/model/report.ts";
import { projectRoot } from "../../clients/target/project-root.ts";
import { runChild } from "../children.ts";

export const commandLine = join(projectRoot, "dist/clients/cli/main.js");

/** Runs it to its end. A verdict other than pass is not an error, but a run that did not take place is. */
export async function runCommandLine(
  words: readonly string[],
  folder: string,
): Promise<{ report: Report; cpuMs: number; tookMs: number }> {
  const command = [process.execPath, commandLine, ...words, "--json", "--quiet", "--runs", join(folder, "runs")];
  const { stdout, cpuMs, tookMs } = await runChild(command, { cwd: folder, codes: [0, 1, 3] });
  return { report: JSON.parse(stdout) as Report, cpuMs, tookMs };
}
