import { monotonicNs } from "./clock.ts";
import { protocols } from "./push/framing.ts";
import type { Totals } from "./totals.ts";

/** The totals and process metrics in the Prometheus text format, with prom-client's names. */
export function metricsText(totals: Totals): string {
  const memory = process.memoryUsage();
  const cpu = process.cpuUsage();
  const figures = [
    ["target_pushes_written_total", "counter", totals.pushes.written],
    ["target_push_queue_overflows_total", "counter", totals.overflows],
    ["process_resident_memory_bytes", "gauge", memory.rss],
    ["process_cpu_seconds_total", "counter", (cpu.user + cpu.system) / 1e6],
    ["process_start_time_seconds", "gauge", Math.round(Date.now() / 1000 - process.uptime())],
    ["nodejs_heap_size_used_bytes", "gauge", memory.heapUsed],
    ["nodejs_external_memory_bytes", "gauge", memory.external],
    ["target_monotonic_seconds", "gauge", monotonicNs() / 1e9],
  ] as const;
  const connections = protocols.map(
    (protocol) => `target_connections{protocol="${protocol}"} ${totals.openBy[protocol]}`,
  );
  const lines = figures.flatMap(([name, type, value]) => [`# TYPE ${name} ${type}`, `${name} ${value}`]);
  return `${["# TYPE target_connections gauge", ...connections, ...lines].join("\n")}\n`;
}
