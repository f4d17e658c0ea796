/** Runs as the API tells them: orders of the service, and runs the command line left in the same folder. */
import type { Report } from "../../../clients/report/model/report.ts";
import { type Order, type OrderState, orderStates } from "./order.ts";
import type { OrderFolder } from "./order-folder.ts";
import type { RunDesk } from "./run-desk.ts";
import type { RunView } from "../routes/schemas.ts";

export interface RunFilter {
  state?: string | undefined;
  kind?: string | undefined;
  target?: string | undefined;
  verdict?: string | undefined;
  tag?: string | undefined;
  before?: string | undefined;
}

/** Credentials in a URL are never told. */
const plainTarget = (target: string): string => target.replace(/\/\/[^/@]*@/, "//(not shown)@");

export class RunList {
  readonly #folder: OrderFolder;
  readonly #desk: RunDesk;

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
    return this.#desk.find(id) ?? this.#folder.read(id);
  }

  /** The id of the run whose folder holds the report; null when there is no report yet, or no such run. */
  runOf(id: string): string | null {
    const run = this.order(id)?.run ?? id;
    return this.#folder.report(run) === null ? null : run;
  }

  /** Newest first. `next`: where the next page begins, null at the end. */
  page(filter: RunFilter, most: number): { runs: RunView[]; next: string | null } {
    const ids = this.#folder.list().filter((id) => filter.before === undefined || id < filter.before);
    const runs: RunView[] = [];
    for (const id of ids) {
      const view = this.view(id);
      if (view === null || !passes(view, filter)) continue;
      if (runs.length === most) return { runs, next: runs.at(-1)?.id ?? null };
      runs.push(view);
    }
    return { runs, next: null };
  }
}

function passes(view: RunView, { state, kind, target, verdict, tag }: RunFilter): boolean {
  if (state !== undefined && view.state !== state) return false;
  if (kind !== undefined && view.kind !== kind) return false;
  if (target !== undefined && view.target !== target) return false;
  if (verdict !== undefined && view.verdict !== verdict) return false;
  return tag === undefined || view.tags.includes(tag);
}

function figuresOf(report: Report | null): Pick<RunView, "verdict" | "connections" | "pushP99Ms" | "hasReport"> {
  // A report of a kind that opens no connections may have none.
  if (report?.connections === undefined) return { verdict: report?.verdict ?? null, connections: null, pushP99Ms: null, hasReport: report !== null };
  const { planned, opened, refused, closedUnexpectedly, peak } = report.connections;
  return {
    verdict: report.verdict,
    connections: { planned, opened, refused, closedUnexpectedly, peak },
    pushP99Ms: report.latencyMs?.push?.p99 ?? null,
    hasReport: true,
  };
}

const titleOf = (scenario: unknown): string | null => (scenario as { title?: string } | null)?.title ?? null;

function viewOfOrder(order: Order, report: Report | null): RunView {
  const { id, run, kind, state, tags, group, createdAt, startedAt, endedAt, error } = order;
  const common = { id, run, kind, target: plainTarget(order.target), title: titleOf(order.scenario), state, tags, group, createdAt, startedAt, endedAt, error };
  return { ...common, ...figuresOf(report) };
}

/** A run of the command line. */
function viewOfReport(report: Report): RunView {
  const { run, kind, target, timing, scenario } = report;
  const state: OrderState = orderStates.find((word) => word === report.state) ?? "finished";
  const tags = (scenario as { tags?: string[] } | null)?.tags ?? [];
  const times = { createdAt: timing.startedAt, startedAt: timing.startedAt, endedAt: timing.endedAt };
  return { id: run, run, kind, target: target.name, title: titleOf(scenario), state, tags, group: null, ...times, error: null, ...figuresOf(report) };
}
