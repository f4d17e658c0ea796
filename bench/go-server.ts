/** The Go target as the server of a contest: what a user's own server would be, beside the reference pusher. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { usableTarget } from "../clients/run/execute.ts";
import { startTarget } from "../clients/target/managed-target.ts";
import type { Pusher } from "./contender.ts";

/** Starts it, or says why it cannot run here. */
export async function startGo(say: (line: string) => void): Promise<Pusher | string> {
  const logFolder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  try {
    const handle = await startTarget(await usableTarget("go", say), { logFolder });
    const stop = (): void => void handle.stop().then(() => rmSync(logFolder, { recursive: true, force: true }));
    return { port: handle.endpoints[0]!.port, pid: handle.pids[0]!, stop };
  } catch (error) {
    return (error as Error).message;
  }
}
