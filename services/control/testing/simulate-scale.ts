/**
 * Cost of one second of a very large run for the control service: tallies of simulated shards sent through a real
 * Redis, then read, decoded and merged by the code a run uses. `node dist/services/control/testing/simulate-scale.js
 * [SHARDS...]`; docs/decisions/006-scale.md has its figures.
 */
import { join } from "node:path";
import { seededRandom } from "../../../clients/measure/statistics/seeded-random.ts";
import { Tally } from "../../../clients/measure/tally.ts";
import { toWire } from "../../../clients/measure/tally-wire.ts";
import { latencyFigures } from "../../../clients/report/model/quantiles.ts";
import { RunTotals } from "../../../clients/run/coordinate/totals.ts";
import type { ClockReading } from "../../agent/clock-reading.ts";
import { documentLivesMs, shardKey } from "../../agent/keys.ts";
import { closeRedis, openRedis, type Redis } from "../../agent/redis.ts";
import { emptyDocument, type ShardDocument, withMessage } from "../../agent/shard-documents.ts";
import { ShardReader } from "../agents/shard-reader.ts";
import { freePort, startRedis, temporaryFolder } from "./service-rig.ts";

const connectionsPerShard = 10_000;
const seconds = 5;
const batch = 50;
const clock: ClockReading = { machine: "simulated", offset: { seconds: 0, nanoseconds: 0 }, boundNs: 0 };
const vitals = { rssMiB: 60, cpuSeconds: 1, fds: 10_064, maxFds: 20_000, loopDelayMs: 1 };

/** A shard that holds its connections and receives a burst of pushes every second, distributed like a real target's. */
class SimulatedShard {
  readonly tally = new Tally();
  readonly #random: () => number;
  readonly #sent = new Map();
  document: ShardDocument;
  #sequence = 0;

  constructor(shard: number) {
    this.#random = seededRandom(shard + 1);
    this.document = { ...emptyDocument(shard, `agent-${shard % 100}`, clock), ready: { pid: 1, vitals } };
    Object.assign(this.tally.counts, {
      planned: connectionsPerShard,
      attempted: connectionsPerShard,
      opened: connectionsPerShard,
      open: connectionsPerShard,
    });
    for (const name of ["connect", "connectTcp", "connectUpgrade"] as const) this.#record(name, 2, 1.2);
  }

  /** Log-normal latencies around `medianMs`. A thousand values represent ten thousand. */
  #record(
    name: "push" | "delivery" | "tickLag" | "generatorGap" | "connect" | "connectTcp" | "connectUpgrade",
    medianMs: number,
    sigma: number,
  ): void {
    const histogram = this.tally.histogram(name);
    for (let i = 0; i < 1000; i++) {
      const normal = Math.sqrt(-2 * Math.log(1 - this.#random())) * Math.cos(2 * Math.PI * this.#random());
      histogram.recordUs(medianMs * 1000 * Math.exp(sigma * normal), connectionsPerShard / 1000);
    }
  }

  second(): void {
    const { counts } = this.tally;
    for (const name of ["received", "messages", "reads"] as const) counts[name] += connectionsPerShard;
    counts.bytes += connectionsPerShard * 104;
    this.#record("push", 20, 0.6);
    this.#record("tickLag", 18, 0.6);
    this.#record("delivery", 0.3, 1);
    this.#record("generatorGap", 0.1, 1);
    const message = {
      type: "tally",
      shard: this.document.shard,
      sequence: this.#sequence++,
      atNs: 0,
      tally: toWire(this.tally, this.#sent),
      vitals,
    } as const;
    this.document = withMessage(this.document, message, 1);
  }
}

interface Costs {
  bytesPerShard: number;
  encodeMs: number;
  writeMs: number;
  readMs: number;
  parseMs: number;
  decodeMs: number;
  mergeMs: number;
  redisCpuMs: number;
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

async function timed<T>(act: () => T | Promise<T>): Promise<{ value: T; elapsedMs: number }> {
  const begunMs = performance.now();
  const value = await act();
  return { value, elapsedMs: performance.now() - begunMs };
}

async function redisCpuSeconds(redis: Redis): Promise<number> {
  const info = await redis.info("cpu");
  const read = (field: string): number => Number(new RegExp(`${field}:([0-9.]+)`).exec(info)?.[1]);
  return read("used_cpu_user") + read("used_cpu_sys");
}

async function writeAll(redis: Redis, texts: readonly string[]): Promise<void> {
  for (let from = 0; from < texts.length; from += batch) {
    const pipeline = redis.pipeline();
    texts
      .slice(from, from + batch)
      .forEach((text, i) => void pipeline.set(shardKey("simulated", from + i), text, "PX", documentLivesMs));
    await pipeline.exec();
  }
}

async function readAll(redis: Redis, shards: number): Promise<string[]> {
  const texts: string[] = [];
  for (let from = 0; from < shards; from += batch) {
    const keys = Array.from({ length: Math.min(batch, shards - from) }, (_, i) => shardKey("simulated", from + i));
    texts.push(...(await redis.mget(keys)).map((text) => text ?? ""));
  }
  return texts;
}

async function simulate(redis: Redis, shards: number): Promise<Costs> {
  const simulated = Array.from({ length: shards }, (_, shard) => new SimulatedShard(shard));
  const readers = simulated.map((_, shard) => new ShardReader(shard));
  const totals = new RunTotals(simulated.map(() => connectionsPerShard));
  const each: Record<keyof Costs, number[]> = {
    bytesPerShard: [],
    encodeMs: [],
    writeMs: [],
    readMs: [],
    parseMs: [],
    decodeMs: [],
    mergeMs: [],
    redisCpuMs: [],
  };
  for (let second = 0; second < seconds; second++) {
    const encode = await timed(() => {
      for (const shard of simulated) shard.second();
      return simulated.map(({ document }) => JSON.stringify(document));
    });
    const cpuBefore = await redisCpuSeconds(redis);
    const write = await timed(() => writeAll(redis, encode.value));
    const read = await timed(() => readAll(redis, shards));
    each.redisCpuMs.push(((await redisCpuSeconds(redis)) - cpuBefore) * 1000);
    const parse = await timed(() => read.value.map((text) => JSON.parse(text) as ShardDocument));
    const decode = await timed(() => {
      parse.value.forEach((document, shard) => {
        for (const message of readers[shard]?.read(document, clock).messages ?? [])
          if (message.type === "tally") totals.take(shard, message.tally, message.vitals, false);
      });
    });
    const merge = await timed(() => latencyFigures(totals.merged().histograms));
    const received = totals.sum("received");
    if (received !== shards * connectionsPerShard * (second + 1))
      throw new Error(`expected every push counted once, got ${received}`);
    const bytes = encode.value.reduce((sum, text) => sum + text.length, 0);
    each.bytesPerShard.push(bytes / shards);
    for (const [name, step] of Object.entries({ encode, write, read, parse, decode, merge }))
      each[`${name}Ms` as keyof Costs].push(step.elapsedMs);
  }
  return Object.fromEntries(
    Object.entries(each).map(([name, values]) => [name, Math.round(median(values) * 10) / 10]),
  ) as unknown as Costs;
}

const sizes = process.argv.slice(2).map(Number).filter(Number.isInteger);
const folder = temporaryFolder();
const port = await freePort();
const server = await startRedis(port, join(folder.path, "redis"));
const redis = openRedis(`redis://127.0.0.1:${port}`, () => {});
try {
  for (const shards of sizes.length > 0 ? sizes : [10, 100, 300, 1000]) {
    const costs = await simulate(redis, shards);
    process.stdout.write(`${JSON.stringify({ shards, connections: shards * connectionsPerShard, ...costs })}\n`);
    await redis.flushall();
  }
} finally {
  closeRedis(redis);
  await server.end();
  folder.remove();
}
