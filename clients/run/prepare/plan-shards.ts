/** Splits a scenario and its target into shard plans that add up to the scenario exactly. */
import { resolve } from "node:path";
import type { EngineOptions } from "../../connection/engine.ts";
import { type DialledPlace, dialledPlace } from "../../connection/proxy.ts";
import type { ShardPlan } from "../../generator/plan.ts";
import { isLoopback4 } from "../../measure/loopback.ts";
import { planConversation } from "../../plan/conversation-plan.ts";
import { planReconnect } from "../../plan/reconnect-plan.ts";
import { loopbackSources, shardCount, shareOf } from "../../plan/shard.ts";
import type { StagePlan } from "../../plan/stages.ts";
import { durationMs } from "../../scenario/duration.ts";
import type { Stage } from "../../scenario/fields/stage-fields.ts";
import type { ConnectionsScenario } from "../../scenario/schema.ts";
import { mqttOptions, ownPushes, publishPlan } from "./plan-mqtt.ts";
import type { RunTarget } from "./run-target.ts";
import { defaultPush } from "./run-target.ts";
import { tlsOptionsOf } from "./tls-block.ts";

/** Connections closed per second over all shards: closing 45,000 at once made the host drop packets. */
const closePerSecond = 5000;

/** What the plan depends on besides the scenario. */
export interface PlanningHost {
  descriptorLimit: number;
  /** Number of ports in ip_local_port_range. */
  ports: number;
}

export function planShards(
  run: string,
  scenario: ConnectionsScenario,
  target: RunTarget,
  engineName: "kernel" | "portable",
  host: PlanningHost,
): ShardPlan[] {
  const shards = scenario.shards ?? shardCount(scenario.connections, host.descriptorLimit);
  const push: NonNullable<ConnectionsScenario["push"]> = scenario.push ?? defaultPush;
  const conversation = planConversation(scenario);
  const common = {
    run,
    shards,
    connections: scenario.connections,
    rampPerSecond: scenario.rampPerSecond,
    ...(scenario.stages === undefined ? {} : { stages: planStages(scenario.stages) }),
    engineName,
    push: (target.keepsContract ? null : ownPushes(scenario)) ?? {
      intervalMs: durationMs(push.interval),
      stamp: push.stamp === "auto" && target.keepsContract ? "holdfast" : push.stamp,
      isDeclared: scenario.push !== undefined,
      startsAtZero: target.keepsContract && push.timing === "burst",
      ...(push.sequence === undefined ? {} : { sequence: push.sequence }),
      ...(push.channel === undefined ? {} : { channel: push.channel }),
    },
    pingEveryMs: scenario.ping === undefined ? null : durationMs(scenario.ping),
    silentAfter: scenario.silentAfter,
    churnPerMinute: scenario.churn?.perMinute ?? 0,
    slowBytesPerSecond: scenario.slowReaders?.bytesPerSecond ?? 0,
    storm: scenario.storm ?? null,
    ...(scenario.reconnect === undefined ? {} : { reconnect: planReconnect(scenario.reconnect) }),
    ...(scenario.reconnect?.eventSource === true ? { resumesEvents: true } : {}),
    closePerSecond: Math.max(closePerSecond, scenario.connections / 30),
    seed: 1,
    targetClockOffsetNs: 0,
    publish: publishPlan(scenario, target),
    ...(conversation === null ? {} : { conversation }),
  };
  return Array.from({ length: shards }, (_, shard) => {
    const slots = shareOf(scenario.connections, shard, shards);
    const slowSlots = shareOf(Math.round(scenario.connections * (scenario.slowReaders?.share ?? 0)), shard, shards);
    return {
      ...common,
      shard,
      engine: { ...engineOptions(scenario, target, host, slots, slowSlots), ...mqttOptions(run, scenario, target) },
    };
  });
}

const planStages = (stages: readonly Stage[]): StagePlan[] =>
  stages.map(({ connections, over, hold }) => ({ connections, overMs: durationMs(over), holdMs: durationMs(hold) }));

const isOnLoopback = (place: DialledPlace): boolean => !("socketPath" in place) && isLoopback4(place.address);

function engineOptions(
  scenario: ConnectionsScenario,
  target: RunTarget,
  host: PlanningHost,
  slots: number,
  slowSlots: number,
): EngineOptions {
  const timeouts = scenario.timeouts ?? { connect: "10s", upgrade: "10s", close: "5s" };
  const onLoopback4 = target.endpoints.every((endpoint) => isOnLoopback(dialledPlace(endpoint)));
  return {
    protocol: scenario.protocol,
    slots,
    endpoints: target.endpoints,
    ...(scenario.interface === undefined ? {} : { interface: scenario.interface }),
    sources:
      scenario.sources ??
      (onLoopback4 ? loopbackSources(scenario.connections, target.endpoints.length, host.ports) : []),
    headers: scenario.headers ?? {},
    subprotocols: scenario.subprotocols ?? [],
    firstMessage: scenario.subscribe ?? null,
    connectTimeoutMs: durationMs(timeouts.connect),
    upgradeTimeoutMs: durationMs(timeouts.upgrade),
    closeTimeoutMs: durationMs(timeouts.close),
    maxMessageBytes: scenario.maxMessageBytes,
    slowSlots,
    slowReceiveBufferBytes: scenario.slowReaders?.receiveBufferBytes ?? 4096,
    tls: tlsOptionsOf(scenario.tls, target.certificateAuthority),
    compression: scenario.compression,
    ...(scenario.protocolModule === undefined ? {} : { protocolModule: resolve(scenario.protocolModule) }),
    ...(scenario.framing === undefined ? {} : { framing: scenario.framing }),
  };
}
