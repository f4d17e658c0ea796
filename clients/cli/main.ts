#!/usr/bin/env node
/** The entry of `holdfast`. */
import { descriptorLimit } from "../measure/host/descriptor-limit.ts";
import { exitCodes } from "./exit-code.ts";

/** Node opens the files of the program all at once while it loads them. */
const fewestDescriptors = 300;

// A reader that went away (`holdfast connections ... | head -1`) neither ends a run nor changes its exit code: the
// report is on the disk.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
const descriptors = descriptorLimit();
if (descriptors < fewestDescriptors) {
  process.stderr.write(
    `holdfast: expected at least ${fewestDescriptors} file descriptors for this process, got ${descriptors}; raise the limit (ulimit -n ${fewestDescriptors} or more: a connection takes one)\n`,
  );
  process.exitCode = exitCodes.usage;
} else {
  const { runCommandLine } = await import("./program.ts");
  process.exitCode = await runCommandLine(process.argv);
}
