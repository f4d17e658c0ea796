/**
 * Replays the last seconds of a finished run from its folder in chunks, so that memory usage stays small regardless of
 * the number and speed of readers.
 */
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import type { Interval } from "../../../clients/report/model/interval.ts";
import type { Report } from "../../../clients/report/model/report.ts";
import { eventText, replayedTicks } from "./live-feed.ts";
import { tickOfInterval } from "./live-tick.ts";

const pieceBytes = 64 * 1024;
/** How much of the file's end is read at most, bytes: room for more ticks than are replayed. */
const mostTailBytes = 8 * 2 ** 20;

/** The ticks of a run as events, in groups. */
export async function* ticksInFolder(folder: string, report: Report): AsyncGenerator<string> {
  let file: FileHandle;
  try {
    file = await open(
      join(folder, "intervals.ndjson"),
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    );
  } catch {
    return;
  }
  try {
    const stat = await file.stat();
    if (!stat.isFile()) return;
    const from = Math.max(0, stat.size - mostTailBytes);
    let count = 0;
    for await (const lines of linesOf(file, from)) count += lines.length;
    let skipped = Math.max(0, count - replayedTicks);
    for await (const lines of linesOf(file, from)) {
      const kept = lines.slice(skipped);
      skipped -= lines.length - kept.length;
      if (kept.length > 0) yield kept.map((line) => tickText(line, report)).join("");
    }
  } finally {
    await file.close();
  }
}

/** Whole lines of a file; a line that started before `from` or has no end is omitted. */
async function* linesOf(file: FileHandle, from: number): AsyncGenerator<string[]> {
  const piece = Buffer.allocUnsafe(pieceBytes);
  let rest = Buffer.alloc(0);
  let isCut = from > 0;
  for (let at = from; ; ) {
    const { bytesRead } = await file.read(piece, 0, pieceBytes, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    const bytes = Buffer.concat([rest, piece.subarray(0, bytesRead)]);
    const end = bytes.lastIndexOf(10) + 1;
    rest = bytes.subarray(end);
    const lines = bytes
      .toString("utf8", 0, end)
      .split("\n")
      .filter((line) => line !== "");
    if (end > 0 && isCut) lines.shift();
    if (end > 0) isCut = false;
    // None of our lines is that long: the rest is discarded.
    if (rest.length > mostTailBytes) return;
    yield lines;
  }
}

function tickText(line: string, report: Report): string {
  try {
    return eventText("tick", tickOfInterval(JSON.parse(line) as Interval, report));
  } catch {
    // A line truncated by a full disk or a crash.
    return "";
  }
}
