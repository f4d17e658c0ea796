import { monotonicNs } from "../clock.ts";
import type { Metrics } from "../metrics.ts";
import type { PushConnection } from "./push-connection.ts";
import { type PushQuery, streamKey } from "./push-query.ts";
import { PushStream, type StreamDeps } from "./push-stream.ts";

/** Owns the streams and knows every connection. */
export class PushHub {
  readonly #metrics: Metrics;
  readonly #streams = new Map<string, PushStream>();
  readonly #open = new Set<PushConnection>();
  readonly #deps: StreamDeps;
  #closing = false;
  #onEmpty: (() => void) | null = null;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
    this.#deps = {
      nowNs: monotonicNs,
      countWritten: (pushes) => metrics.pushesWritten.inc(pushes),
      countOverflow: () => metrics.queueOverflows.inc(),
    };
  }

  /** True once `close` was called: no more connections may be added. */
  get closing(): boolean {
    return this.#closing;
  }

  /** Number of open connections. */
  get size(): number {
    return this.#open.size;
  }

  /**
   * Registers a connection that was just answered. `sinceNs` was read before the response, so that no tick due after it
   * is missed.
   */
  add(connection: PushConnection, query: PushQuery, sinceNs: number): void {
    const key = streamKey(query);
    let stream = this.#streams.get(key);
    if (stream === undefined) {
      stream = new PushStream(query, sinceNs, this.#deps);
      this.#streams.set(key, stream);
      stream.start();
    }
    stream.join(connection, sinceNs);
    this.#open.add(connection);
    this.#metrics.connections.inc({ protocol: connection.protocol });
  }

  /** Removes a connection whose socket has closed. The last one of a stream stops its timer. */
  readonly remove = (connection: PushConnection): void => {
    if (!this.#open.delete(connection)) return;
    this.#metrics.connections.dec({ protocol: connection.protocol });
    const { stream } = connection;
    stream?.leave(connection);
    if (stream?.size === 0 && this.#streams.get(stream.key) === stream) {
      stream.stop();
      this.#streams.delete(stream.key);
    }
    if (this.#open.size === 0) this.#onEmpty?.();
  };

  /**
   * Closes every connection with 1001 and resolves when all have ended; after `limitMs` their sockets are destroyed.
   */
  async close(limitMs: number): Promise<void> {
    this.#closing = true;
    for (const stream of this.#streams.values()) stream.stop();
    if (this.#open.size === 0) return;
    const ended = new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
    for (const connection of this.#open) connection.close(1001);
    const timer = setTimeout(() => {
      for (const connection of this.#open) connection.destroy();
    }, limitMs);
    await ended;
    clearTimeout(timer);
  }
}
