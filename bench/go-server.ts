/** The Go target as the server of a contest: what a user's own server would be, beside the reference pusher. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { usableTarget } from "../clients/run/prepare/choose-target.ts";
import { startTarget } from "../clients/target/managed-target.ts";
import type { Pusher } from "./contender.ts";

/** Starts it, or says why it cannot run here. Its log is in a folder of its own, which goes with it. */
export async function startGo(say: (line: string) => void): Promise<Pusher | string> {
  const logFolder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  const removeLog = (): void => rmSync(logFolder, { recursive: true, force: true });
  try {
    const handle = await startTarget(await usableTarget("go", say), { logFolder });
    const stop = (): Promise<void> => handle.stop().finally(removeLog);
    return { port: handle.endpoints[0]!.port, pid: handle.pids[0]!, stop };
  } catch (error) {
    removeLog();
    return (error as Error).message;
  }
}
