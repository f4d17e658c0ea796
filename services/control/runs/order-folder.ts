/** Orders on disk, `runs/<id>/order.json`: what the service must know again after it was restarted. Readable by its owner only: it holds header values. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderHtml } from "../../../clients/report/html/html.ts";
import type { Report } from "../../../clients/report/model/report.ts";
import { isRunId, listRuns, readEvents, readIntervals, readReport } from "../../../clients/run/folder/run-folder.ts";
import { advance, isOver, type Order } from "./order.ts";

const fileName = "order.json";

export class OrderFolder {
  readonly path: string;

  constructor(runsFolder: string) {
    this.path = runsFolder;
  }

  /** The folder of a run. Throws on anything that is not a run id, so that no caller can name another path. */
  folderOf(run: string): string {
    if (!isRunId(run)) throw new Error(`expected a run id, got "${run}"`);
    return join(this.path, run);
  }

  write(order: Order): void {
    const folder = this.folderOf(order.id);
    mkdirSync(folder, { recursive: true });
    const beside = join(folder, `.${fileName}.tmp`);
    writeFileSync(beside, JSON.stringify(order), { mode: 0o600 });
    renameSync(beside, join(folder, fileName));
  }

  read(id: string): Order | null {
    const path = join(this.folderOf(id), fileName);
    if (!existsSync(path)) return null;
    try {
      return JSON.parse(readFileSync(path, "utf8")) as Order;
    } catch {
      return null;
    }
  }

  /** Every run id in the folder, newest first; those of the command line too. */
  list(): string[] {
    return listRuns(this.path);
  }

  remove(id: string): void {
    rmSync(this.folderOf(id), { recursive: true, force: true });
  }

  report(run: string): Report | null {
    return readReport(this.path, run);
  }

  /**
   * What the last service left: queued orders, oldest first, to be queued again. Those that were going are closed as interrupted,
   * with all they had measured.
   */
  recover(nowIso: string): Order[] {
    const queued: Order[] = [];
    for (const id of this.list().reverse()) {
      const order = this.read(id);
      if (order === null || isOver(order.state)) continue;
      if (order.state === "queued") queued.push(order);
      else this.#closeLost(order, nowIso);
    }
    return queued;
  }

  #closeLost(order: Order, nowIso: string): void {
    const error = { code: "service-ended", text: "the service ended while this ran; what had been measured until then is in the report" };
    const closed = advance(order, "lost", nowIso, { error });
    for (const run of new Set([order.id, order.run ?? order.id])) this.#closeReport(run, error, nowIso);
    this.write(closed);
  }

  /** Makes the last second's report the final one. */
  #closeReport(run: string, reason: { code: string; text: string }, nowIso: string): void {
    const report = this.report(run);
    if (report === null || report.state === "finished") return;
    const folder = this.folderOf(run);
    const closed: Report = { ...report, state: "interrupted", reasons: [reason], timing: { ...report.timing, endedAt: report.timing.endedAt ?? nowIso } };
    writeFileSync(join(folder, "report.json"), JSON.stringify(closed, null, 2));
    writeFileSync(join(folder, "report.html"), renderHtml(closed, readIntervals(folder), readEvents(folder, 20_000)));
  }
}
