/**
 * The queue that hands shards out; the one door to BullMQ. A job is finished at the moment it is taken: from then on the shard is its
 * agent's, and no stalled-job check can hand it out again. A second load is worse than a lost one.
 */
import { Queue, Worker } from "bullmq";
import { queuePrefix } from "./keys.ts";
import type { Redis } from "./redis.ts";
import type { ShardJob } from "./shard-documents.ts";

const jobOptions = { attempts: 1, removeOnComplete: true, removeOnFail: true };
const jobId = (run: string, shard: number): string => `${run}-${shard}`;

/** Control's end. */
export class ShardQueue {
  readonly #queue: Queue<ShardJob>;

  constructor(name: string, connection: Redis) {
    this.#queue = new Queue<ShardJob>(name, { connection, prefix: queuePrefix, skipVersionCheck: true });
    this.#queue.on("error", () => {});
  }

  async offer(jobs: readonly ShardJob[]): Promise<void> {
    await this.#queue.addBulk(jobs.map((job) => ({ name: "shard", data: job, opts: { ...jobOptions, jobId: jobId(job.run, job.plan.shard) } })));
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
  readonly #worker: Worker<ShardJob>;
  #taken = 0;

  constructor(name: string, connection: Redis) {
    this.#worker = new Worker<ShardJob>(name, null, { connection, prefix: queuePrefix, autorun: false, maxStalledCount: 0, skipVersionCheck: true });
    this.#worker.on("error", () => {});
  }

  /** The next shard that waits; null when there is none. */
  async take(): Promise<ShardJob | null> {
    const token = `${process.pid}-${this.#taken++}`;
    const job = await this.#worker.getNextJob(token, { block: false });
    if (job === undefined) return null;
    await job.moveToCompleted(null, token, false);
    return job.data;
  }

  close(): Promise<void> {
    return this.#worker.close(true);
  }
}
