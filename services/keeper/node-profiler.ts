/**
 * Preloaded into every Node process of a profiled command, by `--import` in NODE_OPTIONS (which does not allow
 * `--cpu-prof`). Runs V8's profiler until the process exits, and writes the profile to this start's folder.
 */
import { writeFileSync } from "node:fs";
import { Session } from "node:inspector";
import { join } from "node:path";
import { isMainThread } from "node:worker_threads";

const folder = process.env.HOLDFAST_KEEPER_PROFILE_FOLDER;
if (folder !== undefined && isMainThread) {
  const session = new Session();
  session.connect();
  session.post("Profiler.enable");
  session.post("Profiler.start");
  process.once("exit", () =>
    session.post("Profiler.stop", (error, stopped) => {
      if (error === null)
        writeFileSync(join(folder, `node-${process.pid}.cpuprofile`), JSON.stringify(stopped.profile));
    }),
  );
  // Without a handler a signal ends the process with no "exit" event, and no profile would be written.
  for (const [signal, number] of [["SIGTERM", 15] as const, ["SIGINT", 2] as const])
    process.once(signal, () => {
      if (process.listenerCount(signal) === 0) process.exit(128 + number);
    });
}
