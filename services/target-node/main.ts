import { parseOptions, usage } from "./options.ts";
import { runPipeline } from "./pipeline.ts";
import type { Server, ServerOptions } from "./server.ts";

function say(text: string): void {
  process.stderr.write(`${new Date().toISOString()} ${text}\n`);
}

/** Serves until SIGTERM or SIGINT, then exits naturally once everything is closed, so that a profile is written. */
async function serveUntilSignal(options: ServerOptions): Promise<void> {
  // Imported lazily, so that the pipeline does not load the web framework.
  const { serve } = await import("./server.ts");
  const server: Server = await serve(options);
  say(`listening: http ${server.httpAddress}, raw tcp ${server.rawAddress}`);
  let closing = false;
  const close = () => {
    if (closing) return;
    closing = true;
    server.close().then(
      () => say("closed"),
      (error: unknown) => fail(error),
    );
  };
  process.on("SIGTERM", close);
  process.on("SIGINT", close);
}

function fail(error: unknown): never {
  say(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}

function main(args: string[]): void {
  if (args[0] === "pipeline") {
    process.exitCode = runPipeline(args.slice(1), process.stdout, process.stderr);
    return;
  }
  const options = parseOptions(args);
  if (typeof options === "string") {
    process.stderr.write(`${options}\n${usage}`);
    process.exitCode = 2;
    return;
  }
  serveUntilSignal(options).catch(fail);
}

main(process.argv.slice(2));
