/** Writes the log of a pipeline scenario to a file, in flat memory. */
import { open, rm, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { LogLines, type LogPlan, type LogTruth, roomForLine } from "../../plan/log-lines.ts";
import { ScenarioError } from "../../scenario/read-scenario.ts";

const bufferBytes = 4 << 20;
/** What a log may leave of the disk. */
const spareBytes = 256 << 20;

/**
 * Writes the log and flushes it to the disk: a kernel that still writes pages back would disturb the first measurement. The file is
 * removed again when it could not be finished. Throws ScenarioError when the disk has no room, the signal's reason when it aborts.
 */
export async function writeLogFile(path: string, plan: LogPlan, signal?: AbortSignal): Promise<LogTruth> {
  await checkRoom(path, plan);
  const log = new LogLines(plan);
  const size = Math.max(bufferBytes, 2 * roomForLine(plan.bytesPerLine));
  let filling = Buffer.allocUnsafe(size);
  let writing = Buffer.allocUnsafe(size);
  const file = await open(path, "w");
  try {
    let length = log.fill(filling);
    while (length > 0) {
      signal?.throwIfAborted();
      [filling, writing] = [writing, filling];
      const written = file.writeFile(writing.subarray(0, length));
      length = log.fill(filling);
      await written;
    }
    await file.datasync();
    return log.truth;
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

async function checkRoom(path: string, { lines, bytesPerLine }: LogPlan): Promise<void> {
  const needed = lines * bytesPerLine + spareBytes;
  const { bavail, bsize } = await statfs(dirname(path));
  if (bavail * bsize >= needed) return;
  const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  const text = `expected room for a log of ${gib(needed)} below ${dirname(path)}, ${gib(bavail * bsize)} are free; ask for fewer lines or another --runs folder`;
  throw new ScenarioError([{ field: "lines", text }]);
}
