/** Shards as child processes of this one. They exit with it; one that dies is reported, and replaced on request. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { FromShard, ShardPlan, ToShard } from "../../generator/plan.ts";
import { ShardNotReady } from "./run-never-began.ts";

/** Receives messages and deaths of a run's shards, wherever they run. */
export interface ShardListener {
  message(message: FromShard): void;
  died(shard: number, text: string): void;
}

/** The shards of one run, wherever they run. */
export interface ShardGroup {
  /** Resolves when every shard is ready; rejects with the reason of the first that is not. */
  prepare(plans: ShardPlan[], listener: ShardListener): Promise<void>;
  /** Starts a shard to replace one that died. Absent where that is not possible. */
  replace?(plan: ShardPlan, listener: ShardListener): Promise<void>;
  /** Sends to one shard, or all. */
  tell(message: ToShard, shard?: number): void;
  /** Kills all shard processes immediately. */
  kill(): void;
  readonly pids: number[];
  /** Time from the start command to the common start instant, nanoseconds; default 0.3 s, enough on one machine. */
  readonly startDelayNs?: number;
  /** Maximum error of latencies because target and shards have different clocks; null: not estimated. */
  readonly clockError?: { boundMs: number } | null;
}

const readyTimeoutMs = 30_000;
const processPath = fileURLToPath(new URL("../../generator/shard-main.js", import.meta.url));
/**
 * A shard allocates almost nothing: a small young generation keeps its memory flat. It collects garbage once all
 * connections are open, not when V8 considers it idle.
 */
const nodeFlags = [
  "--max-semi-space-size=1",
  "--no-memory-reducer",
  "--expose-gc",
  "--no-warnings",
  ...(process.env.HOLDFAST_SHARD_FLAGS?.split(" ") ?? []),
];

export class LocalShards implements ShardGroup {
  readonly #children: ChildProcess[] = [];
  #done = new Set<number>();

  get pids(): number[] {
    return this.#children.flatMap((child) => (child.pid === undefined ? [] : [child.pid]));
  }

  async prepare(plans: ShardPlan[], listener: ShardListener): Promise<void> {
    await Promise.all(plans.map((plan) => this.#spawn(plan, listener)));
  }

  async replace(plan: ShardPlan, listener: ShardListener): Promise<void> {
    // One that only seemed dead must not run alongside its replacement.
    this.#children[plan.shard]?.kill("SIGKILL");
    await this.#spawn(plan, listener);
  }

  #spawn(plan: ShardPlan, listener: ShardListener): Promise<void> {
    const { HOLDFAST_KEEPER_TOKEN: _, ...inherited } = process.env;
    const env = { ...inherited, UV_THREADPOOL_SIZE: "1" };
    const child = fork(processPath, [], { execArgv: nodeFlags, stdio: ["ignore", "ignore", "inherit", "ipc"], env });
    this.#children[plan.shard] = child;
    const isReplaced = (): boolean => this.#children[plan.shard] !== child;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`shard ${plan.shard} was not ready within ${readyTimeoutMs / 1000} s`)),
        readyTimeoutMs,
      );
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        act();
      };
      child.on("message", (message: FromShard) => {
        if (isReplaced()) return;
        if (message.type === "ready") {
          listener.message(message);
          settle(resolve);
        } else if (message.type === "failed")
          settle(() => reject(new ShardNotReady(`shard ${plan.shard}: ${message.text}`, message.isUsage === true)));
        else {
          if (message.type === "done") this.#done.add(plan.shard);
          listener.message(message);
        }
      });
      child.on("error", (error) => settle(() => reject(error)));
      afterLastMessage(child, (how) => {
        const text = `shard ${plan.shard} (pid ${child.pid}) exited with ${how}`;
        settle(() => reject(new Error(text)));
        if (!this.#done.has(plan.shard) && !isReplaced()) listener.died(plan.shard, text);
      });
      child.send({ type: "prepare", plan } satisfies ToShard);
    });
  }

  tell(message: ToShard, shard?: number): void {
    const told = shard === undefined ? this.#children : [this.#children[shard]];
    for (const child of told) if (child?.connected) child.send(message, () => {});
  }

  kill(): void {
    // An agent runs only some shards of a run, so the list may have holes.
    for (const child of Object.values(this.#children))
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
  }
}

/**
 * Calls back once a child has exited and its channel was read to the end. A busy parent may learn of the exit before
 * reading the last messages, and would otherwise treat a shard that completed as dead.
 */
function afterLastMessage(child: ChildProcess, ended: (how: string) => void): void {
  let how: string | null = null;
  let isRead = false;
  const tell = (): void => {
    if (how !== null && isRead) ended(how);
  };
  child.once("exit", (code, signal) => {
    how = signal ?? `code ${code}`;
    tell();
  });
  child.once("disconnect", () => {
    isRead = true;
    tell();
  });
}
