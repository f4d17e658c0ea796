/** Accepts orders, runs them through the executors within the limits, and keeps their state on disk. */

import type { Report } from "../../../clients/report/model/report.ts";
import type { RunObserver } from "../../../clients/run/coordinate/observer.ts";
import type { ExecuteOptions } from "../../../clients/run/execute.ts";
import { executeScenario } from "../../../clients/run/executors.ts";
import { newRunId } from "../../../clients/run/folder/run-folder.ts";
import { hideSecrets } from "../../../clients/scenario/redaction.ts";
import type { Scenario } from "../../../clients/scenario/schema.ts";
import type { LiveFeeds } from "../live/live-feed.ts";
import { Refusal, refusalOf } from "../routes/problem.ts";
import { advance, isOver, type Order, type OrderEvent, type OrderLimits, startable } from "./order.ts";
import type { OrderFolder } from "./order-folder.ts";

/** What the desk needs. `execute` runs one scenario on one target; tests provide their own. */
export interface DeskOptions {
  folder: OrderFolder;
  feeds: LiveFeeds;
  limits: OrderLimits;
  /** Observers of every run, in addition to its folder and its feed. */
  watch: () => RunObserver[];
  /** Called when a run broke without a final state, so that exporters drop it. */
  forget?: (run: string) => void;
  /** Options with which every run is executed. */
  execution: Pick<ExecuteOptions, "allowedHosts" | "refuseEndpoint" | "makeShards" | "checkPlan" | "planningHost">;
  execute?: (scenario: Scenario, target: string, options: ExecuteOptions) => Promise<Report>;
  log: { info(line: string): void; error(fields: object, line: string): void };
}

/** Most orders in the queue. */
export const mostQueued = 200;

/** Retry interval for an order that could not be written, milliseconds. */
const writeAgainMs = 5000;

const now = (): string => new Date().toISOString();

const byExecutors = (scenario: Scenario, target: string, options: ExecuteOptions): Promise<Report> =>
  executeScenario(scenario, target, options);

export class RunDesk {
  readonly #options: DeskOptions;
  /** Orders that are not over, oldest first. */
  readonly #open = new Map<string, Order>();
  readonly #stops = new Map<string, AbortController>();
  readonly #going = new Map<string, Promise<void>>();
  /** Orders that could not be written to disk; these copies take precedence and are written later. */
  readonly #unwritten = new Map<string, Order>();
  #writeAgain: NodeJS.Timeout | null = null;
  #isClosing = false;

  constructor(options: DeskOptions) {
    this.#options = options;
  }

  /** Recovers the orders of the previous service process. */
  recover(): void {
    const { folder, log } = this.#options;
    const failed = (id: string, error: unknown): void =>
      log.error({ err: error, run: id }, "an order of the previous service process could not be closed");
    for (const order of folder.recover(now(), failed)) {
      this.#open.set(order.id, order);
      this.#options.feeds.open(order.id);
    }
    this.#startNext();
  }

  /** Orders that are not over, oldest first. */
  get open(): Order[] {
    return [...this.#open.values()];
  }

  get queued(): number {
    return this.open.filter(({ state }) => state === "queued").length;
  }

  /** An open order by its id, or by its run's. */
  find(id: string): Order | null {
    return this.#open.get(id) ?? this.open.find(({ run }) => run === id) ?? null;
  }

  /** A finished order whose file on disk is outdated. */
  unwritten(id: string): Order | null {
    return this.#unwritten.get(id) ?? null;
  }

  /**
   * Adds one order per target, to run one after another. Throws a Refusal when they cannot be written to disk; then
   * none of them is added.
   */
  add(
    scenario: Record<string, unknown> & { kind: string },
    targets: readonly string[],
    tags: readonly string[],
  ): Order[] {
    const created = targets.map((target) => this.#orderOf(scenario, target, tags, null));
    const group = created.length > 1 ? created[0]!.id : null;
    const orders = created.map((order) => ({ ...order, group }));
    this.#writeNew(orders);
    for (const order of orders) {
      this.#open.set(order.id, order);
      this.#options.feeds.open(order.id);
    }
    // The caller gets its response before the run begins.
    setImmediate(() => this.#startNext());
    return orders;
  }

  #orderOf(
    scenario: Record<string, unknown> & { kind: string },
    target: string,
    tags: readonly string[],
    group: string | null,
  ): Order {
    return {
      id: newRunId(scenario.kind, target, new Date(), Math.random),
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

  #writeNew(orders: readonly Order[]): void {
    const { folder } = this.#options;
    try {
      for (const order of orders) folder.write(order);
    } catch (error) {
      for (const { id } of orders) void folder.remove(id).catch(() => {});
      throw new Refusal("unavailable", `the runs folder cannot be written: ${(error as Error).message}`);
    }
  }

  /** What cannot be written now is written later: an order does not depend on it. */
  #write(order: Order): void {
    try {
      this.#options.folder.write(order);
      this.#unwritten.delete(order.id);
    } catch (error) {
      if (!this.#unwritten.has(order.id))
        this.#options.log.error({ err: error, run: order.id }, "an order could not be written; retrying later");
      this.#unwritten.set(order.id, order);
      this.#writeAgain ??= setTimeout(() => this.#writeAll(), writeAgainMs).unref();
    }
  }

  #writeAll(): void {
    this.#writeAgain = null;
    for (const order of this.#unwritten.values()) this.#write(order);
  }

  #keep(order: Order): void {
    this.#write(order);
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

  /** Stops an order: a queued one ends at once, a running one drains and reports. False: it is not open. */
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
    const begun: string[] = [];
    this.#stops.set(id, stop);
    this.#options.log.info(`run ${id} begins`);
    try {
      const execute = this.#options.execute ?? byExecutors;
      const report = await execute(
        scenario as unknown as Scenario,
        target,
        this.#executeOptions(order, stop.signal, begun),
      );
      this.#advance(id, report.state === "interrupted" ? "stopped" : "completed", { run: report.run });
    } catch (error) {
      this.#broke(order, begun, error);
    }
    this.#options.log.info(`run ${id} is over`);
  }

  /** A run that broke also gets a final state: on disk, on the metrics page, and for live readers. */
  #broke(order: Order, begun: readonly string[], error: unknown): void {
    const { folder, forget, log } = this.#options;
    const { id, scenario } = order;
    const refusal = refusalOf(error);
    const { code } = refusal ?? { code: "internal" };
    const { name = "Error", message = "unknown", stack = "" } = (refusal ?? error) as Error;
    const text = hideSecrets(message, scenario);
    if (refusal === null) log.error({ run: id, error: name, text, stack: hideSecrets(stack, scenario) }, "run failed");
    for (const run of begun) {
      forget?.(run);
      try {
        folder.closeReport(run, { code: "run-failed", text }, now());
      } catch (failure) {
        log.error({ err: failure, run }, "the report of a run that failed could not be closed");
      }
    }
    this.#advance(id, "broke", { error: { code, text } });
  }

  #executeOptions(order: Order, signal: AbortSignal, begun: string[]): ExecuteOptions {
    const { folder, feeds, watch, execution } = this.#options;
    const say = (line: string): void => feeds.publish(order.id, "say", { line: hideSecrets(line, order.scenario) });
    let isIdFree = true;
    return {
      ...execution,
      runsFolder: folder.path,
      signal,
      say,
      // A kind with several runs names the others itself.
      newRun: (kind, target) => {
        if (!isIdFree || kind !== order.kind) return newRunId(kind, target, new Date(), Math.random);
        isIdFree = false;
        return order.id;
      },
      watch: (run) => [this.#follower(order.id, run, begun), feeds.observer(order.id), ...watch()],
    };
  }

  /** Keeps the order's state in sync with its run. */
  #follower(id: string, run: string, begun: string[]): RunObserver {
    return {
      begun: () => {
        begun.push(run);
        const order = this.#open.get(id);
        if (order !== undefined && order.run !== id) this.#keep({ ...order, run });
      },
      phase: (phase) => {
        if (phase === "ramp" && this.#open.get(id)?.state === "preparing") this.#advance(id, "dialled");
      },
    };
  }

  /** Stops all running orders and waits for their reports; queued ones remain for the next service process. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (const stop of this.#stops.values()) stop.abort();
    await Promise.all(this.#going.values());
    if (this.#writeAgain !== null) clearTimeout(this.#writeAgain);
    this.#writeAll();
  }
}
