/**
 * One large run: opens all connections, idles, receives one burst, ends. Measures its shards, the pushers and the
 * kernel.
 *
 *   open all ---- rest (CPU, memory) ---- burst at the pushers' one tick ---- all received, or too late ---- end
 *
 * Usage: scale-client '{"connections", "shards", "ports", "pids", "tickAtNs", "kernelBase"}'. Prints a ScaleOutcome as
 * JSON.
 */
import { nowNs } from "../../clients/measure/clock.ts";
import { readCpuMs, readPssKiB, readRssKiB } from "../../clients/measure/host/process-files.ts";
import type { RunObserver } from "../../clients/run/coordinate/observer.ts";
import { kernelBytes } from "../kernel-memory.ts";
import type { ScaleOrder, ScaleOutcome } from "../scale-outcome.ts";
import { runHoldfast } from "./holdfast-run.ts";
import { WatchedShards } from "./watched-shards.ts";

const order = JSON.parse(process.argv[2] ?? "{}") as ScaleOrder;
const { connections, tickAtNs, pids, kernelBase } = order;
/** Longest duration of a burst after its tick. */
const mostBurstNs = (15 + connections / 20_000) * 1e9;

const shardGroup = new WatchedShards();
const abort = new AbortController();
const cpuMs = (all: readonly number[]): number => all.reduce((sum, pid) => sum + readCpuMs(pid), 0);
const memory = (all: readonly number[]): { rssMiB: number; pssMiB: number } => ({
  rssMiB: all.reduce((sum, pid) => sum + readRssKiB(pid), 0) / 1024,
  pssMiB: all.reduce((sum, pid) => sum + (readPssKiB(pid) ?? 0), 0) / 1024,
});
const shardBase = { rssMiB: 0, pssMiB: 0 };
let rest: ScaleOutcome["rest"] = null;
let restFrom = { atNs: 0, generatorMs: 0, targetMs: 0 };
let stopAtNs = Number.POSITIVE_INFINITY;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** Called just before the tick: measures the idle cost. */
function takeRest(): void {
  const seconds = (nowNs() - restFrom.atNs) / 1e9;
  rest = {
    seconds,
    generatorCpuPercent: (cpuMs(shardGroup.pids) - restFrom.generatorMs) / seconds / 10,
    targetCpuPercent: (cpuMs(pids) - restFrom.targetMs) / seconds / 10,
    generator: memory(shardGroup.pids),
    target: memory(pids),
    kernelMiB: (kernelBytes() - kernelBase) / 2 ** 20,
    coordinatorRssMiB: process.memoryUsage.rss() / 2 ** 20,
  };
}

const observer: RunObserver = {
  phase: (phase) => {
    if (phase === "ramp") Object.assign(shardBase, memory(shardGroup.pids));
    if (phase !== "hold") return;
    restFrom = { atNs: nowNs(), generatorMs: cpuMs(shardGroup.pids), targetMs: cpuMs(pids) };
    const leftMs = (tickAtNs - nowNs()) / 1e6 - 2500;
    if (leftMs > 1000) setTimeout(takeRest, leftMs);
  },
  snapshot: ({ phase, total }) => {
    const { open, received, refused } = total.counts;
    say(`scale ${connections}: ${phase}, ${open} open, ${refused} refused, ${received} pushes`);
    const atNs = nowNs();
    if (phase !== "hold" || atNs < tickAtNs || abort.signal.aborted) return;
    if (received >= open && stopAtNs === Number.POSITIVE_INFINITY) stopAtNs = atNs + 2e9;
    if (atNs > Math.min(stopAtNs, tickAtNs + mostBurstNs)) abort.abort();
  },
};

const { report } = await runHoldfast({
  connections,
  ports: order.ports,
  shards: order.shards,
  // The only tick of the pushers within the run is tick 1, at this instant.
  intervalMs: tickAtNs / 1e6,
  holdMs: (tickAtNs - nowNs() + mostBurstNs) / 1e6,
  observer,
  shardGroup,
  signal: abort.signal,
});
// Up to the end of the hold, so that the cost of closing is not attributed to the burst.
const around = shardGroup.within(tickAtNs - 2.2e9, report.timing.holdNs?.toNs ?? Number.POSITIVE_INFINITY);
const burstCpuMs = around.reduce((sum, { first, last }) => sum + last.cpuMs - first.cpuMs, 0);
const read = around.reduce((sum, { first, last }) => sum + last.received - first.received, 0);
const outcome: ScaleOutcome = {
  connections: report.connections,
  pushes: report.pushes,
  rampMs: report.timing.rampMs,
  shardBase,
  rest,
  burst: {
    pushMaxMs: report.latencyMs.push?.max ?? Number.NaN,
    deliveryP99Ms: report.latencyMs.delivery?.p99 ?? Number.NaN,
    gapMaxMs: report.latencyMs.generatorGap?.max ?? Number.NaN,
    usPerPush: (burstCpuMs * 1000) / read,
  },
  notes: [...report.reasons, ...report.notes].map(({ text }) => text),
};
process.stdout.write(`${JSON.stringify(outcome)}\n`, () => process.exit(0));
