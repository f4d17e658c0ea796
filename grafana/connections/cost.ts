/** Last rows of the connections dashboard: what the target pays, and whether we can be trusted. */
import { latencies } from "../../clients/measure/latency.ts";
import type { Row } from "../dashboard.ts";
import { panel } from "../panel.ts";
import { perRun, perSecond, quantile, ratio, total } from "../query.ts";

const legend = "{{target}}";
const perShard = `${perRun}, shard`;
const shardLegend = "{{target}} shard {{shard}}";

const targetCpu = panel({
  kind: "timeseries",
  title: "Target CPU",
  unit: "suffix: cores",
  width: 6,
  byRuntime: true,
  shows: "CPU used by all processes of the target; 1 is one core fully used.",
  between: "Each point is the mean since the previous point.",
  bad: "Flat at the number of cores it may use: the target is saturated, and latency comes from queueing.",
  queries: [{ expr: perSecond("target_cpu_seconds_total", perRun), legend }],
});

const targetMemory = panel({
  kind: "timeseries",
  title: "Target memory",
  unit: "bytes",
  width: 6,
  byRuntime: true,
  shows: "Resident memory of the target's process tree.",
  between: "At each scrape.",
  bad: "It grows during the hold, or stays high after the drain: a leak.",
  queries: [{ expr: total("target_resident_memory_bytes", perRun), legend }],
});

const memoryPerConnection = panel({
  kind: "timeseries",
  title: "Target memory per connection",
  unit: "bytes",
  width: 6,
  byRuntime: true,
  shows:
    "Resident memory divided by open connections; it includes the runtime's own memory, so it falls as connections increase.",
  between: "At each scrape.",
  bad: "It rises at constant connections: buffers grow behind slow or dead peers.",
  queries: [
    {
      expr: ratio(total("target_resident_memory_bytes", perRun), total("connections", perRun, 'state="open"')),
      legend,
    },
  ],
});

const targetDescriptors = panel({
  kind: "timeseries",
  title: "Target descriptors and threads",
  unit: "short",
  width: 6,
  shows: "Open descriptors and threads of the target's process tree.",
  between: "At each scrape.",
  bad: "Descriptors stay after connections were closed: sockets leak. Threads increase with connections: blocking calls.",
  queries: [
    { expr: total("target_open_fds", perRun), legend: `${legend} descriptors` },
    { expr: total("target_threads", perRun), legend: `${legend} threads` },
  ],
});

const generatorGap = panel({
  kind: "timeseries",
  title: "Generator gap, p99",
  unit: "s",
  width: 12,
  shows: "How late the generator read what had arrived: its own delay, excluded from every other figure.",
  between: `From ${latencies.generatorGap.from} to ${latencies.generatorGap.to}, estimated from the histogram.`,
  bad: "Above the push latency itself: add shards or cores. The other figures are not affected directly, but late reads may hold up the target's sockets.",
  queries: [{ expr: quantile(0.99, "generator_gap_seconds", perRun), legend }],
});

const loopDelay = panel({
  kind: "timeseries",
  title: "Loop delay of each shard",
  unit: "s",
  width: 12,
  shows: "Longest time that a shard's event loop did not read its sockets.",
  between: "Within the last second before each scrape.",
  bad: "Spikes beyond 100 ms: garbage collection, swapping or a host with too few cores. A missing line: the shard died.",
  queries: [{ expr: total("generator_loop_delay_seconds", perShard), legend: shardLegend }],
});

const shardCpu = panel({
  kind: "timeseries",
  title: "CPU of each shard",
  unit: "percentunit",
  width: 8,
  shows: "CPU used by a shard process, as a share of one core.",
  between: "Each point is the mean since the previous point.",
  bad: "Near 100 %: the shard is the bottleneck, not the target.",
  queries: [{ expr: perSecond("generator_cpu_seconds_total", perShard), legend: shardLegend }],
});

const shardDescriptors = panel({
  kind: "timeseries",
  title: "Descriptors of each shard, of its limit",
  unit: "percentunit",
  width: 8,
  shows: "Open descriptors of a shard process, as a share of its limit.",
  between: "At each scrape.",
  bad: "Near 100 %: further connects fail with no-descriptor.",
  queries: [
    { expr: ratio(total("generator_open_fds", perShard), total("generator_max_fds", perShard)), legend: shardLegend },
  ],
});

const shardMemory = panel({
  kind: "timeseries",
  title: "Memory of each shard",
  unit: "bytes",
  width: 8,
  shows: "Resident memory of a shard process.",
  between: "At each scrape.",
  bad: "It grows during the hold: the generator leaks, and swapping would distort the figures.",
  queries: [{ expr: total("generator_resident_memory_bytes", perShard), legend: shardLegend }],
});

const stamps = panel({
  kind: "timeseries",
  title: "Unstamped and shared stamps",
  unit: "cps",
  width: 24,
  height: 6,
  shows: "Reads without a kernel receive stamp, and messages that share a stamp with others, per second.",
  between: "Each point is the mean since the previous point.",
  bad: "Unstamped above 0: these latencies include the generator's read delay. Shared: these latencies are upper bounds; normal for bursts that fill one segment.",
  queries: [
    { expr: perSecond("generator_unstamped_reads_total", perShard), legend: `${shardLegend} unstamped` },
    { expr: perSecond("generator_shared_stamps_total", perShard), legend: `${shardLegend} shared` },
  ],
});

export const targetRow: Row = {
  title: "Target",
  panels: [targetCpu, targetMemory, memoryPerConnection, targetDescriptors],
};
export const trustRow: Row = {
  title: "Trust",
  panels: [generatorGap, loopDelay, shardCpu, shardDescriptors, shardMemory, stamps],
};
