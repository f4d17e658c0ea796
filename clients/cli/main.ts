#!/usr/bin/env node
/** The entry of `holdfast`. */
import { runCommandLine } from "./program.ts";

// A reader that went away (`holdfast report | head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
process.exitCode = await runCommandLine(process.argv);
