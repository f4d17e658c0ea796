/** Runs as returned by the API: orders of the service, and runs of the command line in the same folder. */
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import type { Report } from "../../../clients/report/model/report.ts";
import { shownAddress } from "../../../clients/scenario/redaction.ts";
import type { RunView } from "../routes/schemas.ts";
import { type Order, type OrderState, orderStates } from "./order.ts";
import type { OrderFolder } from "./order-folder.ts";
import type { RunDesk } from "./run-desk.ts";

export interface RunFilter {
  state?: string | undefined;
  kind?: string | undefined;
  target?: string | undefined;
  verdict?: string | undefined;
  tag?: string | undefined;
  before?: string | undefined;
}

/** Most cached rows. */
const mostKept = 10_000;

export class RunList {
  readonly #folder: OrderFolder;
  readonly #desk: RunDesk;
  readonly #rows = new Map<string, { run: string; view: RunView; stamp: string | null }>();

  constructor(folder: OrderFolder, desk: RunDesk) {
    this.#folder = folder;
    this.#desk = desk;
  }

  /** One run by its id; null when there is none. */
  view(id: string): RunView | null {
    const order = this.order(id);
    const report = this.#folder.report(order?.run ?? id);
    if (order === null && report === null) return null;
    return order === null ? viewOfReport(report as Report) : viewOfOrder(order, report);
  }

  order(id: string): Order | null {
    return this.#desk.find(id) ?? this.#desk.unwritten(id) ?? this.#folder.read(id);
  }

  /** The id of the run whose folder has the report; null when there is no report yet, or no such run. */
  runOf(id: string): string | null {
    const run = this.order(id)?.run ?? id;
    return this.#folder.report(run) === null ? null : run;
  }

  /**
   * Newest first. `next`: where the next page begins; null at the end. Yields between runs, as there may be thousands.
   */
  async page(filter: RunFilter, most: number): Promise<{ runs: RunView[]; next: string | null }> {
    const ids = this.#folder.list().filter((id) => filter.before === undefined || id < filter.before);
    const runs: RunView[] = [];
    for (const id of ids) {
      const view = await this.#row(id);
      if (view === null || !passes(view, filter)) continue;
      if (runs.length === most) return { runs, next: runs.at(-1)?.id ?? null };
      runs.push(view);
    }
    return { runs, next: null };
  }

  /** A run's view, read again only when its files have changed. */
  async #row(id: string): Promise<RunView | null> {
    const known = this.#rows.get(id);
    const stamp = await this.#stampOf(id, known?.run ?? id);
    if (stamp !== null && known?.stamp === stamp) return known.view;
    const view = this.view(id);
    this.#rows.delete(id);
    if (this.#rows.size >= mostKept) this.#rows.delete(this.#rows.keys().next().value as string);
    const isOver = view !== null && view.state !== "queued" && view.state !== "preparing" && view.state !== "running";
    if (isOver) this.#rows.set(id, { run: view.run ?? id, view, stamp: await this.#stampOf(id, view.run ?? id) });
    return view;
  }

  /** When the files of a view were last replaced; null for an order that is not over. */
  async #stampOf(id: string, run: string): Promise<string | null> {
    const changed = async (folder: string, name: string): Promise<string> => {
      const found = await lstat(join(folder, name)).catch(() => null);
      return found === null ? "-" : `${found.ino}:${found.size}:${found.mtimeMs}`;
    };
    const files = [
      changed(this.#folder.folderOf(id), "order.json"),
      changed(this.#folder.folderOf(run), "report.json"),
    ];
    const stamp = (await Promise.all(files)).join();
    return this.#desk.find(id) === null && this.#desk.unwritten(id) === null ? stamp : null;
  }
}

function passes(view: RunView, { state, kind, target, verdict, tag }: RunFilter): boolean {
  if (state !== undefined && view.state !== state) return false;
  if (kind !== undefined && view.kind !== kind) return false;
  if (target !== undefined && view.target !== shownAddress(target)) return false;
  if (verdict !== undefined && view.verdict !== verdict) return false;
  return tag === undefined || view.tags.includes(tag);
}

function figuresOf(report: Report | null): Pick<RunView, "verdict" | "connections" | "pushP99Ms" | "hasReport"> {
  // Reports of kinds without connections may lack the block.
  if (report === null || (report.connections ?? null) === null)
    return { verdict: report?.verdict ?? null, connections: null, pushP99Ms: null, hasReport: report !== null };
  const { planned, opened, refused, closedUnexpectedly, peak } = report.connections;
  return {
    verdict: report.verdict,
    connections: { planned, opened, refused, closedUnexpectedly, peak },
    pushP99Ms: report.latencyMs?.push?.p99 ?? null,
    hasReport: true,
  };
}

/** A field of a scenario from an untrusted file. */
function titleOf(scenario: unknown): string | null {
  const title = (scenario as { title?: unknown } | null)?.title;
  return typeof title === "string" ? title : null;
}

function viewOfOrder(order: Order, report: Report | null): RunView {
  const { id, run, kind, state, tags, group, createdAt, startedAt, endedAt, error } = order;
  const common = {
    id,
    run,
    kind,
    target: shownAddress(order.target),
    title: titleOf(order.scenario),
    state,
    tags,
    group,
    createdAt,
    startedAt,
    endedAt,
    error,
  };
  return { ...common, ...figuresOf(report) };
}

/** A run of the command line. */
function viewOfReport(report: Report): RunView {
  const { run, kind, target, timing, scenario } = report;
  const state: OrderState = orderStates.find((word) => word === report.state) ?? "finished";
  const given = (scenario as { tags?: unknown } | null)?.tags;
  const tags = Array.isArray(given) ? given.filter((tag) => typeof tag === "string") : [];
  const times = { createdAt: timing.startedAt, startedAt: timing.startedAt, endedAt: timing.endedAt };
  return {
    id: run,
    run,
    kind,
    target: target.name,
    title: titleOf(scenario),
    state,
    tags,
    group: null,
    ...times,
    error: null,
    ...figuresOf(report),
  };
}
