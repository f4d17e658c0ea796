/**
 * The queue that hands shards out; the one door to BullMQ. A job is finished at the moment it is taken: from then on
 * the shard is its agent's, and no stalled-job check can hand it out again. A second load is worse than a lost one.
 */
import { Queue, Worker } from "bullmq";
import { closeJob } from "./document-check.ts";
import { queuePrefix } from "./keys.ts";
import type { Redis } from "./redis.ts";
import type { Seal } from "./seal.ts";
import type { ShardJob } from "./shard-documents.ts";

const jobOptions = { attempts: 1, removeOnComplete: true, removeOnFail: true };
const jobId = (run: string, shard: number): string => `${run}-${shard}`;

/** Control's end. */
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

  /** Takes back what nobody has taken yet. */
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

  /** What was put there for the next shard that waits, as it is; undefined when there is none. */
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
