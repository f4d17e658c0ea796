/** A shard in its own process: receives commands, runs the engine's loop, reports once a second. */
import { ConnectionError } from "../connection/connection-error.ts";
import type { Engine } from "../connection/engine.ts";
import { nowNs } from "../measure/clock.ts";
import { descriptorLimit } from "../measure/host/descriptor-limit.ts";
import { ownVitals } from "../measure/host/own-vitals.ts";
import type { Latency } from "../measure/latency.ts";
import type { AwayPhase } from "../measure/tally.ts";
import { toWire } from "../measure/tally-wire.ts";
import type { FromShard, ShardPlan, ShardVitals, ToShard } from "./plan.ts";
import { makeRunner } from "./runner.ts";
import type { ShardRunner } from "./shard-runner.ts";

const reportEveryNs = 1e9;

/** Yields to Node's event loop: messages, timers, signals. */
const yieldToNode = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export class ShardProcess {
  readonly #send: (message: FromShard) => void;
  #plan!: ShardPlan;
  #shard!: ShardRunner;
  #engine!: Engine;
  #sequence = 0;
  #reportedNs = 0;
  #isRampedTold = false;
  readonly #sentHistograms = new Map<Latency, number>();
  #longestAwayMs = 0;
  readonly #maxFds = descriptorLimit();

  constructor(send: (message: FromShard) => void) {
    this.#send = send;
  }

  async take(message: ToShard): Promise<void> {
    switch (message.type) {
      case "prepare":
        return this.#prepare(message.plan);
      case "start":
        this.#shard.start(message.atNs);
        return this.#loop();
      case "hold":
        return this.#shard.hold(message.startNs, message.endNs);
      case "shard-died":
        return this.#shard?.shardDied?.(message.shard, message.atNs);
      case "target-died":
        return this.#shard.accounts.targetDied(message.endpoint);
      case "stop":
        return this.#shard?.stop();
    }
  }

  async #prepare(plan: ShardPlan): Promise<void> {
    this.#plan = plan;
    try {
      const { runner, engine } = await makeRunner(plan);
      this.#engine = engine;
      this.#shard = runner;
      this.#send({ type: "ready", shard: plan.shard, pid: process.pid, vitals: this.#vitals() });
    } catch (error) {
      this.#send({
        type: "failed",
        shard: plan.shard,
        text: (error as Error).message,
        isUsage: error instanceof ConnectionError,
      });
    }
  }

  get #isDone(): boolean {
    return this.#shard.phase === "done";
  }

  /** Waits for sockets, handles them, does what is due and yields, until every connection has ended. */
  async #loop(): Promise<void> {
    let atNs = nowNs();
    while (!this.#isDone) {
      const yieldNs = atNs + this.#shard.yieldEveryNs;
      do {
        const waitMs = Math.min(
          this.#shard.waitMs(),
          Math.max(1, Math.ceil((this.#reportedNs + reportEveryNs - atNs) / 1e6)),
        );
        const { measuring } = this.#shard;
        const turn = this.#engine.turn(waitMs);
        if (turn !== undefined) await turn;
        this.#shard.step();
        const beforeNs = atNs;
        atNs = nowNs();
        this.#away((atNs - beforeNs) / 1e6 - waitMs, measuring);
      } while (atNs < yieldNs && !this.#isDone);
      await yieldToNode();
      if (this.#shard.isRamped && !this.#isRampedTold) {
        this.#isRampedTold = true;
        // A garbage collection between ramp and hold keeps one out of the measured time
        // (docs/decisions/010-hot-path.md).
        globalThis.gc?.();
        // Reports the tally now, so that no opening is lost if the process dies within the next second.
        this.#report(atNs);
        this.#send({ type: "ramped", shard: this.#plan.shard });
      }
      if (atNs - this.#reportedNs >= reportEveryNs) this.#report(atNs);
    }
    this.#finish();
  }

  /**
   * Accumulates in the tally, so that no second of a stall is missed: the vitals of a stopped process arrive late or
   * not at all.
   */
  #away(awayMs: number, measuring: AwayPhase | null): void {
    this.#longestAwayMs = Math.max(this.#longestAwayMs, awayMs);
    if (measuring === null) return;
    const { awayMs: longest } = this.#shard.accounts.tally;
    if (awayMs > longest[measuring]) longest[measuring] = awayMs;
  }

  #report(atNs: number): void {
    this.#reportedNs = atNs;
    this.#engine.syncClock();
    const tally = toWire(this.#shard.snapshot(), this.#sentHistograms);
    this.#send({
      type: "tally",
      shard: this.#plan.shard,
      sequence: this.#sequence++,
      atNs,
      tally,
      vitals: this.#vitals(),
    });
    this.#sendEvents(atNs, false);
  }

  #sendEvents(atNs: number, all: boolean): void {
    const events = this.#shard.accounts.events.take(atNs, all);
    if (events.length > 0) this.#send({ type: "events", shard: this.#plan.shard, events });
  }

  #vitals(): ShardVitals {
    const { rssMiB, cpuSeconds, fds } = ownVitals();
    const loopDelayMs = Math.max(0, this.#longestAwayMs);
    this.#longestAwayMs = 0;
    return { rssMiB, cpuSeconds, fds, maxFds: this.#maxFds, loopDelayMs };
  }

  #finish(): void {
    this.#sendEvents(nowNs(), true);
    this.#engine.dispose();
    this.#send({
      type: "done",
      shard: this.#plan.shard,
      tally: toWire(this.#shard.snapshot()),
      vitals: this.#vitals(),
    });
  }
}
