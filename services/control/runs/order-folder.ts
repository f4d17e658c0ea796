/**
 * Orders on disk, `runs/<id>/order.json`: what the service must know after a restart. Readable only by the owner,
 * because they contain header values.
 */
import { constants } from "node:fs";
import { access, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { renderHtml } from "../../../clients/report/html/html.ts";
import type { Reason, Report } from "../../../clients/report/model/report.ts";
import { makeFolder, ownerOnly, readJson, replaceFile } from "../../../clients/run/folder/plain-file.ts";
import { isRunId, listRuns, readEvents, readIntervals, readReport } from "../../../clients/run/folder/run-folder.ts";
import { advance, isOver, type Order } from "./order.ts";
import { isOrder } from "./stored-order.ts";

const fileName = "order.json";
/** With less free space no run is accepted. */
const leastFreeBytes = 64 * 1024;

export class OrderFolder {
  readonly path: string;

  constructor(runsFolder: string) {
    this.path = runsFolder;
  }

  /** The folder of a run. Throws on anything that is not a run id, so that callers cannot name other paths. */
  folderOf(run: string): string {
    if (!isRunId(run)) throw new Error(`expected a run id, got "${run}"`);
    return join(this.path, run);
  }

  /** Throws the file system's error when it cannot be written. */
  write(order: Order): void {
    const folder = this.folderOf(order.id);
    makeFolder(folder);
    replaceFile(join(folder, fileName), JSON.stringify(order), ownerOnly);
  }

  /** Null where there is none, or the file is not an order with this id. */
  read(id: string): Order | null {
    const found = readJson(join(this.folderOf(id), fileName));
    return isOrder(found) && found.id === id ? found : null;
  }

  /** Every run id in the folder, newest first, including those of the command line. */
  list(): string[] {
    return listRuns(this.path);
  }

  async remove(id: string): Promise<void> {
    await rm(this.folderOf(id), { recursive: true, force: true });
  }

  report(run: string): Report | null {
    return readReport(this.path, run);
  }

  /** Why no run can be stored now, as a sentence; null when one can. */
  async obstacle(): Promise<string | null> {
    try {
      makeFolder(this.path);
      await access(this.path, constants.W_OK | constants.X_OK);
      const { blocks, bavail, bsize } = await statfs(this.path);
      return blocks > 0 && bavail * bsize < leastFreeBytes
        ? `the runs folder ${this.path} is full: free up space`
        : null;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const what = code === "EROFS" ? "is read-only" : `cannot be written (${code ?? message})`;
      return `the runs folder ${this.path} ${what}`;
    }
  }

  /**
   * Recovers orders of the previous service process: queued ones, oldest first, are returned to be queued again;
   * running ones are closed as interrupted with everything they had measured. Those that cannot be closed are passed to
   * `failed`, and closed next time.
   */
  recover(nowIso: string, failed: (id: string, error: unknown) => void): Order[] {
    const queued: Order[] = [];
    for (const id of this.list().reverse()) {
      try {
        const order = this.read(id);
        if (order === null || isOver(order.state)) continue;
        if (order.state === "queued") queued.push(order);
        else this.#closeLost(order, nowIso);
      } catch (error) {
        failed(id, error);
      }
    }
    return queued;
  }

  #closeLost(order: Order, nowIso: string): void {
    const error = {
      code: "service-ended",
      text: "the service exited during this run; what was measured until then is in the report",
    };
    const closed = advance(order, "lost", nowIso, { error });
    for (const run of new Set([order.id, order.run ?? order.id])) this.closeReport(run, error, nowIso);
    this.write(closed);
  }

  /**
   * Makes the last running report the final one of a run that was cut off. Throws the file system's error when it
   * cannot be written.
   */
  closeReport(run: string, reason: Reason, nowIso: string): void {
    const report = this.report(run);
    if (report === null || report.state === "finished") return;
    const folder = this.folderOf(run);
    const timing = { ...report.timing, endedAt: report.timing.endedAt ?? nowIso };
    const closed: Report = { ...report, state: "interrupted", reasons: [reason], timing };
    replaceFile(join(folder, "report.json"), JSON.stringify(closed, null, 2));
    replaceFile(join(folder, "report.html"), renderHtml(closed, readIntervals(folder), readEvents(folder, 20_000)));
  }
}
