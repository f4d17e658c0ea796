/** Shared by the JavaScript contenders: arguments, latency samples, and the printed line. */
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { nowNs } from "../../clients/measure/clock.ts";
import { Histogram } from "../../clients/measure/histogram/histogram.ts";
import type { Outcome } from "../contender.ts";

const numbers = process.argv.slice(2).map(Number);
export const [wanted = 1000, port = 8080, seconds = 10] = numbers;

/** Path to request. */
export const path = process.env.BENCH_PATH ?? "/push";

/** One context for all connections to a TLS server; null without TLS. */
const { BENCH_AUTHORITY } = process.env;
export const secureContext =
  BENCH_AUTHORITY === undefined ? null : createSecureContext({ ca: readFileSync(BENCH_AUTHORITY) });

/** Most concurrent connects. */
export const concurrency = 64;

const delays = new Histogram();
let openedNs = Number.POSITIVE_INFINITY;

/** Records a push message that was read just now. */
export function sample(message: Buffer, start: number): void {
  const writtenNs = message.readUInt32BE(start + 16) * 0x100000000 + message.readUInt32BE(start + 20);
  if (writtenNs > openedNs) delays.recordNs(nowNs() - writtenNs);
}

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** Opens all connections with `openOne`, reads for the requested time, prints the outcome and exits. */
export async function measure(openOne: (index: number) => Promise<void>): Promise<never> {
  globalThis.gc?.();
  const baseRss = process.memoryUsage.rss();
  const baseCpu = cpuMs();
  const begunNs = nowNs();
  let next = 0;
  const opener = async (): Promise<void> => {
    while (next < wanted) await openOne(next++);
  };
  await Promise.all(Array.from({ length: concurrency }, opener));
  openedNs = nowNs();
  const openCpuMs = cpuMs() - baseCpu;
  globalThis.gc?.();
  const rssBytes = process.memoryUsage.rss() - baseRss;
  const before = cpuMs();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const outcome: Outcome = {
    opened: wanted,
    openMs: (openedNs - begunNs) / 1e6,
    openCpuMs,
    pushes: delays.count,
    pushCpuMs: cpuMs() - before,
    rssBytes,
    totalRssBytes: process.memoryUsage.rss(),
    read: { p50: delays.quantileMs(0.5), p99: delays.quantileMs(0.99), max: delays.maxMs },
    kernel: null,
  };
  process.stdout.write(`${JSON.stringify(outcome)}\n`, () => process.exit(0));
  return new Promise<never>(() => {});
}
