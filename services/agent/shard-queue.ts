/**
 * The queue that distributes shards; the only place that imports BullMQ. A job completes at the moment it is taken:
 * from then on the shard belongs to its agent, and no stalled-job check can hand it out again. A doubled load would be
 * worse than a lost shard.
 */
import { Queue, Worker } from "bullmq";
import { closeJob } from "./document-check.ts";
import { queuePrefix } from "./keys.ts";
import type { Redis } from "./redis.ts";
import type { Seal } from "./seal.ts";
import type { ShardJob } from "./shard-documents.ts";

const jobOptions = { attempts: 1, removeOnComplete: true, removeOnFail: true };
const jobId = (run: string, shard: number): string => `${run}-${shard}`;

/** The control service's end. */
export class ShardQueue {
  readonly #queue: Queue<unknown>;
  readonly #seal: Seal;

  constructor(name: string, connection: Redis, seal: Seal) {
    this.#seal = seal;
    this.#queue = new Queue<unknown>(seal.queueName(name), { connection, prefix: queuePrefix, skipVersionCheck: true });
    this.#queue.on("error", () => {});
  }

  async offer(jobs: readonly ShardJob[]): Promise<void> {
    await this.#queue.addBulk(
      jobs.map((job) => ({
        name: "shard",
        data: closeJob(job, this.#seal),
        opts: { ...jobOptions, jobId: jobId(job.run, job.plan.shard) },
      })),
    );
  }

  /** Removes jobs that have not been taken yet. */
  async withdraw(run: string, shards: readonly number[]): Promise<void> {
    await Promise.allSettled(shards.map((shard) => this.#queue.remove(jobId(run, shard))));
  }

  close(): Promise<void> {
    return this.#queue.close();
  }
}

/** An agent's end. */
export class ShardTaker {
  readonly #worker: Worker<unknown>;
  #taken = 0;

  constructor(name: string, connection: Redis, seal: Seal) {
    this.#worker = new Worker<unknown>(seal.queueName(name), null, {
      connection,
      prefix: queuePrefix,
      autorun: false,
      maxStalledCount: 0,
      skipVersionCheck: true,
    });
    this.#worker.on("error", () => {});
  }

  /** The data of the next waiting job, unchecked; undefined when there is none. */
  async take(): Promise<unknown> {
    const token = `${process.pid}-${this.#taken++}`;
    const job = await this.#worker.getNextJob(token, { block: false });
    if (job === undefined) return undefined;
    await job.moveToCompleted(null, token, false);
    return job.data;
  }

  close(): Promise<void> {
    return this.#worker.close(true);
  }
}
