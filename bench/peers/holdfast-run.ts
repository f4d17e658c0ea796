/**
 * Runs Holdfast against reference pushers with shard processes and coordinator, but without a run folder, and collects
 * what its shards reported.
 */

import type { Report } from "../../clients/report/model/report.ts";
import { runConnections } from "../../clients/run/coordinate/coordinator.ts";
import type { RunObserver } from "../../clients/run/coordinate/observer.ts";
import { planningHost } from "../../clients/run/prepare/plan-check.ts";
import { planShards } from "../../clients/run/prepare/plan-shards.ts";
import type { RunTarget } from "../../clients/run/prepare/run-target.ts";
import { readScenario } from "../../clients/scenario/read-scenario.ts";
import type { ConnectionsScenario } from "../../clients/scenario/schema.ts";
import { readHostFacts } from "../../clients/target/host.ts";
import { WatchedShards } from "./watched-shards.ts";

interface RunOrder {
  connections: number;
  ports: readonly number[];
  intervalMs: number;
  holdMs: number;
  /** Path to request; default: /push. */
  path?: string;
  /** Protocol of the connections; default: WebSocket. */
  protocol?: "mqtt";
  /** Default: derived from the plan. */
  shards?: number;
  churnPerMinute?: number;
  /** The `tls` block, for servers that use TLS. */
  tls?: { certificateAuthority: string; maxVersion: string };
  engine?: "kernel" | "portable";
  compression?: boolean;
  /** Whether pushes are due from instant 0 on, so that a missing push counts as lost. */
  keepsContract?: boolean;
  observer?: RunObserver;
  shardGroup?: WatchedShards;
  signal?: AbortSignal;
}

function referenceTarget(order: RunOrder): RunTarget {
  const { ports, path = "/push", keepsContract = true, tls, protocol } = order;
  const isSecure = tls !== undefined;
  return {
    name: "reference",
    version: "",
    settings: {},
    url: `${protocol ?? (isSecure ? "wss" : "ws")}://127.0.0.1:${ports[0]}${path}`,
    replicas: ports.length,
    endpoints: ports.map((port) => ({ host: "127.0.0.1", address: "127.0.0.1", family: 4, port, path, tls: isSecure })),
    httpUrls: [],
    pids: [],
    isLocal: true,
    keepsContract,
    exits: [],
    stop: async () => {},
  };
}

/** Runs it to its end. `shards` received everything the shard processes reported. */
export async function runHoldfast(order: RunOrder): Promise<{ report: Report; shards: WatchedShards }> {
  const { connections, intervalMs, holdMs, churnPerMinute, observer, protocol } = order;
  const { tls, engine = "kernel", compression = false } = order;
  const says =
    protocol === "mqtt"
      ? { protocol, mqtt: { topics: ["dev/{{index}}"] } }
      : { push: { interval: `${Math.round(intervalMs)}ms` }, compression };
  const scenario = readScenario({
    kind: "connections",
    connections,
    rampPerSecond: 1e8,
    hold: `${Math.round(holdMs)}ms`,
    timeouts: { connect: "120s", upgrade: "120s", close: "10s" },
    ...says,
    ...(order.shards === undefined ? {} : { shards: order.shards }),
    ...(churnPerMinute === undefined ? {} : { churn: { perMinute: churnPerMinute } }),
    ...(tls === undefined ? {} : { tls }),
  }) as ConnectionsScenario;
  const target = referenceTarget(order);
  const shards = order.shardGroup ?? new WatchedShards();
  const report = await runConnections({
    run: "bench",
    kind: "connections",
    scenario,
    target,
    plans: planShards("bench", scenario, target, engine, planningHost()),
    shards,
    observers: observer === undefined ? [] : [observer],
    signal: order.signal ?? new AbortController().signal,
    host: readHostFacts(true),
    notes: [],
  });
  return { report, shards };
}
