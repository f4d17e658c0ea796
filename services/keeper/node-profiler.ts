/**
 * Loaded by every Node process of a command that is profiled (`--import` in its NODE_OPTIONS, which does not take
 * `--cpu-prof`): V8's profiler from before its first line to its end, written to the folder of this start.
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
  // A process that minds no signal is ended by it without an exit, and would leave no profile.
  for (const [signal, number] of [["SIGTERM", 15] as const, ["SIGINT", 2] as const])
    process.once(signal, () => {
      if (process.listenerCount(signal) === 0) process.exit(128 + number);
    });
}
