/** Holdfast itself, as a run measures it: shard processes, coordinator, everything. CPU and memory are those of the shards. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nowNs } from "../../clients/measure/clock.ts";
import type { RunObserver } from "../../clients/run/observer.ts";
import { executeConnections } from "../../clients/run/execute.ts";
import type { ShardBook } from "../../clients/run/books.ts";
import { readScenario } from "../../clients/scenario/read-scenario.ts";
import type { ConnectionsScenario } from "../../clients/scenario/schema.ts";
import type { Outcome } from "../contender.ts";

const [wanted = 1000, port = 8080, seconds = 10] = process.argv.slice(2).map(Number);
const intervalMs = Number(process.env.BENCH_INTERVAL_MS ?? 10_000);

const scenario = readScenario({
  kind: "connections",
  connections: wanted,
  rampPerSecond: 1e9,
  hold: `${seconds}s`,
  push: { interval: `${intervalMs}ms` },
  ...(process.env.BENCH_SHARDS === undefined ? {} : { shards: Number(process.env.BENCH_SHARDS) }),
}) as ConnectionsScenario;

const sumOf = (shards: readonly ShardBook[], field: "cpuSeconds" | "rssMiB"): number => shards.reduce((sum, { vitals }) => sum + (vitals?.[field] ?? 0), 0);
const state = { rampNs: 0, holdNs: 0, rampCpu: Number.NaN, holdCpu: Number.NaN, lastCpu: 0, rss: 0, pushesBefore: 0 };

const watcher: RunObserver = {
  phase: (phase) => {
    if (phase === "ramp") state.rampNs = nowNs();
    if (phase === "hold") state.holdNs = nowNs();
  },
  snapshot: ({ phase, shards, total }) => {
    const cpu = sumOf(shards, "cpuSeconds");
    // A shard tells of itself once a second: what it says 1.5 s into the hold has the whole ramp behind it.
    if (phase === "hold" && Number.isNaN(state.holdCpu) && nowNs() - state.holdNs > 1.5e9) {
      state.holdCpu = cpu;
      state.pushesBefore = total.counts.received;
    }
    if (phase === "hold") {
      state.lastCpu = cpu;
      state.rss = sumOf(shards, "rssMiB") * 2 ** 20;
    }
  },
};

const runsFolder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
const report = await executeConnections("connections", scenario, `ws://127.0.0.1:${port}/push`, {
  runsFolder,
  watch: () => [watcher],
  signal: new AbortController().signal,
  allowedHosts: [],
  say: () => {},
});
rmSync(runsFolder, { recursive: true, force: true });
const { delivery, generatorGap } = report.latencyMs;
const outcome: Outcome = {
  opened: report.connections.opened,
  openMs: (state.holdNs - state.rampNs) / 1e6,
  openCpuMs: state.holdCpu * 1000,
  pushes: (report.pushes?.received ?? 0) - state.pushesBefore,
  pushCpuMs: (state.lastCpu - state.holdCpu) * 1000,
  rssBytes: (report.usage.generator.bytesPerConnection ?? 0) * wanted,
  totalRssBytes: state.rss,
  read: generatorGap == null ? null : { p50: generatorGap.p50, p99: generatorGap.p99, max: generatorGap.max },
  kernel: delivery == null ? null : { p50: delivery.p50, p99: delivery.p99, max: delivery.max },
};
process.stdout.write(`${JSON.stringify(outcome)}\n`, () => process.exit(report.connections.opened === wanted ? 0 : 1));
