/** Writes the log of a pipeline scenario to a file with flat memory usage. */
import { existsSync } from "node:fs";
import { type FileHandle, open, rm, statfs } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { nowNs } from "../../measure/clock.ts";
import { LogLines, type LogPlan, type LogTruth, roomForLine } from "../../plan/log-lines.ts";
import { diskRow } from "../../plan/preflight/preflight-needs.ts";
import { checkRows } from "../prepare/plan-check.ts";

const bufferBytes = 4 << 20;
/** Bytes written between flushes: the disk works while further lines are generated, and little is left for the end. */
const flushEveryBytes = 32 << 20;

/** The contents of the log, and the time to generate, write and flush it. */
export interface WrittenLog {
  truth: LogTruth;
  elapsedMs: number;
}

/**
 * Writes the log and flushes it to disk: kernel write-back would disturb the first measurement. The file is removed if
 * it could not be completed. Throws PreflightRefused when the disk is too full, and the signal's reason when it aborts.
 */
export async function writeLogFile(path: string, plan: LogPlan, signal?: AbortSignal): Promise<WrittenLog> {
  checkRows([diskRow(plan, await freeBytesBelow(dirname(path)))]);
  const startNs = nowNs();
  const log = new LogLines(plan);
  const file = await open(path, "w");
  try {
    await writeLines(file, log, Math.max(bufferBytes, 2 * roomForLine(plan.bytesPerLine)), signal);
    await file.datasync();
    return { truth: log.truth, elapsedMs: (nowNs() - startNs) / 1e6 };
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

/** Alternates two buffers, one system call each: while one is written the other is filled. */
async function writeLines(file: FileHandle, log: LogLines, sizeBytes: number, signal?: AbortSignal): Promise<void> {
  let filling = Buffer.allocUnsafe(sizeBytes);
  let writing = Buffer.allocUnsafe(sizeBytes);
  let flushing: Promise<unknown> = Promise.resolve();
  let unflushedBytes = 0;
  try {
    let length = log.fill(filling);
    while (length > 0) {
      signal?.throwIfAborted();
      [filling, writing] = [writing, filling];
      const written = writeAll(file, writing, length);
      unflushedBytes += length;
      // A failed write is thrown where it is awaited, after filling.
      written.catch(() => {});
      length = log.fill(filling);
      await written;
      if (unflushedBytes < flushEveryBytes) continue;
      await flushing;
      flushing = file.datasync();
      flushing.catch(() => {});
      unflushedBytes = 0;
    }
  } finally {
    // The file must not be closed during a flush; a failure surfaces in the final flush.
    await flushing.catch(() => {});
  }
}

/** The kernel may accept only a part; on a full disk the next write reports the error. */
async function writeAll(file: FileHandle, bytes: Buffer, length: number): Promise<void> {
  for (let at = 0; at < length; ) at += (await file.write(bytes, at, length - at)).bytesWritten;
}

/** Free space of the filesystem a folder is on, or would be created on, bytes. */
export async function freeBytesBelow(folder: string): Promise<number> {
  let place = resolve(folder);
  while (!existsSync(place)) place = dirname(place);
  const { bavail, bsize } = await statfs(place);
  return bavail * bsize;
}
