#!/usr/bin/env node
/** The entry of `holdfast`. */
import { tooFewDescriptors } from "../measure/host/descriptor-limit.ts";
import { exitCodes } from "./exit-code.ts";

// A reader that went away (`holdfast connections ... | head -1`) neither ends a run nor changes its exit code: the
// report is on the disk.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
const problem = tooFewDescriptors();
if (problem === null) {
  const { runCommandLine } = await import("./program.ts");
  process.exitCode = await runCommandLine(process.argv);
} else {
  process.stderr.write(`holdfast: ${problem}\n`);
  process.exitCode = exitCodes.usage;
}
