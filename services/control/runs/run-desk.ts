/** Takes orders, lets them run through the executors within the limits, and keeps their state on disk. */

import type { Report } from "../../../clients/report/model/report.ts";
import type { ExecuteOptions } from "../../../clients/run/execute.ts";
import { executeScenario } from "../../../clients/run/executors.ts";
import type { RunObserver } from "../../../clients/run/coordinate/observer.ts";
import { newRunId } from "../../../clients/run/folder/run-folder.ts";
import type { Scenario } from "../../../clients/scenario/schema.ts";
import type { LiveFeeds } from "../live/live-feed.ts";
import { advance, isOver, type Order, type OrderEvent, type OrderLimits, startable } from "./order.ts";
import type { OrderFolder } from "./order-folder.ts";
import { refusalOf } from "../routes/problem.ts";

/** What the desk needs. `run` executes one scenario on one target; tests put their own there. */
export interface DeskOptions {
  folder: OrderFolder;
  feeds: LiveFeeds;
  limits: OrderLimits;
  /** Watchers of every run, beside its folder and its feed. */
  watch: () => RunObserver[];
  /** What every run is executed with. */
  execution: Pick<ExecuteOptions, "allowedHosts" | "refuseEndpoint" | "makeShards" | "checkPlan" | "planningHost">;
  execute?: (scenario: Scenario, target: string, options: ExecuteOptions) => Promise<Report>;
  log: { info(line: string): void; error(fields: object, line: string): void };
}

/** Most orders that may wait. */
export const mostQueued = 200;

const now = (): string => new Date().toISOString();

const byExecutors = (scenario: Scenario, target: string, options: ExecuteOptions): Promise<Report> =>
  executeScenario(scenario, target, options);

export class RunDesk {
  readonly #options: DeskOptions;
  /** Orders that are not over, oldest first. */
  readonly #open = new Map<string, Order>();
  readonly #stops = new Map<string, AbortController>();
  readonly #going = new Map<string, Promise<void>>();
  #isClosing = false;

  constructor(options: DeskOptions) {
    this.#options = options;
  }

  /** Takes up what the last service left. */
  recover(): void {
    for (const order of this.#options.folder.recover(now())) {
      this.#open.set(order.id, order);
      this.#options.feeds.open(order.id);
    }
    this.#startNext();
  }

  /** Orders not over yet, oldest first. */
  get open(): Order[] {
    return [...this.#open.values()];
  }

  get queued(): number {
    return this.open.filter(({ state }) => state === "queued").length;
  }

  /** An open order by its id, or by the run it has. */
  find(id: string): Order | null {
    return this.#open.get(id) ?? this.open.find(({ run }) => run === id) ?? null;
  }

  /** One order per target, to run in turn. */
  add(scenario: Record<string, unknown> & { kind: string }, targets: readonly string[], tags: readonly string[]): Order[] {
    const created = targets.map((target) => this.#orderOf(scenario, target, tags, null));
    const group = created.length > 1 ? created[0]!.id : null;
    const orders = created.map((order) => ({ ...order, group }));
    for (const order of orders) {
      this.#keep(order);
      this.#options.feeds.open(order.id);
    }
    // The caller hears of the order before the run begins.
    setImmediate(() => this.#startNext());
    return orders;
  }

  #orderOf(scenario: Record<string, unknown> & { kind: string }, target: string, tags: readonly string[], group: string | null): Order {
    const name = target.includes("://") ? "url" : target;
    return {
      id: newRunId(scenario.kind, name, new Date(), Math.random),
      kind: scenario.kind,
      target,
      scenario: "target" in scenario ? { ...scenario, target } : scenario,
      state: "queued",
      tags: [...tags],
      group,
      createdAt: now(),
      startedAt: null,
      endedAt: null,
      run: null,
      error: null,
    };
  }

  #keep(order: Order): void {
    this.#options.folder.write(order);
    if (isOver(order.state)) this.#open.delete(order.id);
    else this.#open.set(order.id, order);
  }

  #advance(id: string, event: OrderEvent, change: Parameters<typeof advance>[3] = {}): Order | null {
    const order = this.#open.get(id);
    if (order === undefined) return null;
    const next = advance(order, event, now(), change);
    this.#keep(next);
    if (isOver(next.state)) this.#options.feeds.close(id, "end", { state: next.state, error: next.error });
    else this.#options.feeds.publish(id, "state", { state: next.state });
    return next;
  }

  setTags(id: string, tags: string[]): void {
    const order = this.find(id);
    if (order !== null) this.#keep({ ...order, tags });
  }

  /** Stops an order: one that waits ends at once, one that runs drains and reports. False: it is not open. */
  stop(id: string): boolean {
    const order = this.find(id);
    if (order === null) return false;
    if (order.state === "queued") this.#advance(order.id, "stopped");
    else this.#stops.get(order.id)?.abort();
    return true;
  }

  #startNext(): void {
    if (this.#isClosing) return;
    for (const order of startable(this.open, this.#options.limits)) {
      this.#advance(order.id, "taken");
      const going = this.#run(order).finally(() => {
        this.#going.delete(order.id);
        this.#stops.delete(order.id);
        this.#startNext();
      });
      this.#going.set(order.id, going);
    }
  }

  async #run(order: Order): Promise<void> {
    const { id, scenario, target } = order;
    const stop = new AbortController();
    this.#stops.set(id, stop);
    this.#options.log.info(`run ${id} begins`);
    try {
      const execute = this.#options.execute ?? byExecutors;
      const report = await execute(scenario as unknown as Scenario, target, this.#executeOptions(order, stop.signal));
      this.#advance(id, report.state === "interrupted" ? "stopped" : "completed", { run: report.run });
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === null) this.#options.log.error({ err: error, run: id }, "run failed");
      const told = refusal?.message ?? (error as Error).message ?? "unknown";
      this.#advance(id, "broke", { error: { code: refusal?.code ?? "internal", text: told } });
    }
    this.#options.log.info(`run ${id} is over`);
  }

  #executeOptions(order: Order, signal: AbortSignal): ExecuteOptions {
    const { folder, feeds, watch, execution } = this.#options;
    let isIdFree = true;
    return {
      ...execution,
      runsFolder: folder.path,
      signal,
      say: (line) => feeds.publish(order.id, "say", { line }),
      // A kind that makes several runs names the others itself.
      newRun: (kind, target) => {
        if (!isIdFree || kind !== order.kind) return newRunId(kind, target, new Date(), Math.random);
        isIdFree = false;
        return order.id;
      },
      watch: (run) => [this.#follower(order.id, run), feeds.observer(order.id), ...watch()],
    };
  }

  /** Keeps the order's own state in step with its run. */
  #follower(id: string, run: string): RunObserver {
    return {
      begun: () => {
        const order = this.#open.get(id);
        if (order !== undefined && order.run !== id) this.#keep({ ...order, run });
      },
      phase: (phase) => {
        if (phase === "ramp" && this.#open.get(id)?.state === "preparing") this.#advance(id, "dialled");
      },
    };
  }

  /** Stops everything that runs and waits until it has reported; what is queued stays for the next service. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (const stop of this.#stops.values()) stop.abort();
    await Promise.all(this.#going.values());
  }
}
