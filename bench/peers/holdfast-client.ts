/** Holdfast as measured in a run: shard processes and coordinator. CPU and memory are those of the shards. */
import type { Outcome } from "../contender.ts";
import { runHoldfast } from "./holdfast-run.ts";

const [wanted = "1000", ports = "8080", seconds = "10"] = process.argv.slice(2);
const connections = Number(wanted);
const { BENCH_INTERVAL_MS, BENCH_PATH, BENCH_PROTOCOL, BENCH_SHARDS } = process.env;
const { BENCH_AUTHORITY, BENCH_TLS_VERSION, BENCH_ENGINE } = process.env;

const { report, shards } = await runHoldfast({
  connections,
  ports: ports.split(",").map(Number),
  intervalMs: Number(BENCH_INTERVAL_MS ?? 10_000),
  holdMs: Number(seconds) * 1000,
  // Targets other than the reference pusher may number their ticks differently.
  keepsContract: false,
  ...(BENCH_PATH === undefined ? {} : { path: BENCH_PATH }),
  ...(BENCH_PROTOCOL === "mqtt" ? { protocol: BENCH_PROTOCOL } : {}),
  ...(BENCH_SHARDS === undefined ? {} : { shards: Number(BENCH_SHARDS) }),
  ...(BENCH_AUTHORITY === undefined
    ? {}
    : { tls: { certificateAuthority: BENCH_AUTHORITY, maxVersion: BENCH_TLS_VERSION ?? "1.3" } }),
  engine: BENCH_ENGINE === "portable" ? "portable" : "kernel",
  compression: process.env.BENCH_COMPRESSION !== undefined,
});
const { fromNs, toNs } = report.timing.holdNs ?? { fromNs: 0, toNs: 0 };
const held = shards.within(fromNs, toNs);
const sum = (figure: (shard: (typeof held)[number]) => number): number =>
  held.reduce((total, shard) => total + figure(shard), 0);
const totalRssBytes = sum(({ last }) => last.rssBytes);
const { delivery, generatorGap } = report.latencyMs;
const outcome: Outcome = {
  opened: report.connections.opened,
  openMs: report.timing.rampMs,
  openCpuMs: sum(({ first }) => first.cpuMs) - shards.base("cpuMs"),
  pushes: sum(({ first, last }) => last.received - first.received),
  pushCpuMs: sum(({ first, last }) => last.cpuMs - first.cpuMs),
  rssBytes: totalRssBytes - shards.base("rssBytes"),
  totalRssBytes,
  read: generatorGap == null ? null : { p50: generatorGap.p50, p99: generatorGap.p99, max: generatorGap.max },
  kernel: delivery == null ? null : { p50: delivery.p50, p99: delivery.p99, max: delivery.max },
};
process.stdout.write(`${JSON.stringify(outcome)}\n`, () =>
  process.exit(report.connections.opened === connections ? 0 : 1),
);
