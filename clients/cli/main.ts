#!/usr/bin/env node
/** The entry of `holdfast`. */
import { runCommandLine } from "./program.ts";

// A reader that went away (`holdfast connections ... | head -1`) neither ends a run nor changes its exit code: the report is on the disk.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
process.exitCode = await runCommandLine(process.argv);
