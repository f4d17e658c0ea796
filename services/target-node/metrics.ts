import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import { type Protocol, protocols } from "./push/push-connection.ts";

/** The target's own metrics and those of the runtime. */
export class Metrics {
  readonly #registry = new Registry();
  readonly connections: Gauge<"protocol">;
  readonly pushesWritten: Counter;
  readonly queueOverflows: Counter;

  constructor() {
    const registers = [this.#registry];
    this.connections = new Gauge({
      name: "target_connections",
      help: "Open push connections.",
      labelNames: ["protocol"],
      registers,
    });
    this.pushesWritten = new Counter({
      name: "target_pushes_written_total",
      help: "Pushes handed to their sockets.",
      registers,
    });
    this.queueOverflows = new Counter({
      name: "target_push_queue_overflows_total",
      help: "Connections closed because their push queue was full.",
      registers,
    });
    for (const protocol of protocols satisfies readonly Protocol[]) this.connections.set({ protocol }, 0);
    collectDefaultMetrics({ register: this.#registry });
  }

  /** The content type of `text`. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All metrics as Prometheus text. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
