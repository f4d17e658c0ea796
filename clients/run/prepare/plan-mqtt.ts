/** Converts the MQTT part of a scenario to what shards' engines and publishers need. */
import type { MqttOptions, MqttPublishing } from "../../connection/codec/mqtt/options.ts";
import type { EngineOptions } from "../../connection/engine.ts";
import type { ShardPlan } from "../../generator/plan.ts";
import { audienceOf } from "../../plan/audience.ts";
import type { PublishPlan } from "../../plan/publish-plan.ts";
import { durationMs } from "../../scenario/duration.ts";
import type { MqttBlock } from "../../scenario/fields/mqtt-fields.ts";
import type { ConnectionsScenario } from "../../scenario/schema.ts";
import type { RunTarget } from "./run-target.ts";

const defaults: Pick<MqttBlock, "version" | "qos" | "cleanStart" | "unsubscribe" | "keepAlive"> = {
  version: "5",
  qos: 0,
  cleanStart: true,
  unsubscribe: false,
  keepAlive: "60s",
};
/** Session expiry for sessions to be kept, where the scenario specifies none. */
const keptSession = "1h";
/** Location of the due instant in messages of ours whose numbers mean nothing to their receivers. */
const dueStamp = "binary:8,u64be,ns,realtime";

type QualityOfService = MqttOptions["qos"];
const seconds = (duration: string): number => durationMs(duration) / 1000;

/** The engine's MQTT options; empty for other protocols. */
export function mqttOptions(
  run: string,
  scenario: ConnectionsScenario,
  target: RunTarget,
): Pick<EngineOptions, "mqtt"> {
  if (scenario.protocol !== "mqtt") return {};
  const block = { ...defaults, ...scenario.mqtt };
  const { will, publish } = block;
  const expiry = block.sessionExpiry ?? (block.cleanStart ? "0s" : keptSession);
  return {
    mqtt: {
      version: block.version === "5" ? 5 : 4,
      // Short enough for brokers with a limit of 23 characters, and unique to the run.
      clientId: block.clientId ?? `hf-${run.slice(-4)}-{{index}}`,
      user: block.user ?? null,
      password: block.password ?? null,
      topics: [...(block.topics ?? []), ...contractTopics(target)],
      qos: block.qos as QualityOfService,
      cleanStart: block.cleanStart,
      sessionExpirySeconds: seconds(expiry),
      unsubscribes: block.unsubscribe,
      keepAliveSeconds: seconds(block.keepAlive),
      will:
        will === undefined
          ? null
          : {
              topic: will.topic,
              payload: will.payload,
              qos: will.qos as QualityOfService,
              retain: will.retain,
              delaySeconds: seconds(will.delay ?? "0s"),
            },
      receiveMaximum: block.receiveMaximum ?? 65535,
      maximumPacketBytes: block.maximumPacketSize ?? null,
      topicAliases: block.topicAliases ?? 0,
      publishing: publish === undefined ? groupPublishing(scenario) : ownPublishing(publish),
    },
  };
}

const ownPublishing = ({ topic, qos, retain, topicAlias }: NonNullable<MqttBlock["publish"]>): MqttPublishing => ({
  topic,
  qos: qos as QualityOfService,
  retain,
  useTopicAlias: topicAlias,
});

/** Groups set topic and QoS per message; this returns the highest QoS, or null when nothing is published. */
function groupPublishing(scenario: ConnectionsScenario): MqttPublishing | null {
  const publishes = [scenario.publish, ...(scenario.groups ?? []).map(({ publish }) => publish)].filter(
    (publish) => publish !== undefined,
  );
  if (publishes.length === 0) return null;
  return {
    topic: "",
    qos: Math.max(...publishes.map(({ qos = 0 }) => qos)) as QualityOfService,
    retain: false,
    useTopicAlias: false,
  };
}

/** A built-in target pushes to the contract's topic, which carries the query. */
const contractTopics = ({ keepsContract, endpoints }: RunTarget): string[] =>
  keepsContract ? [endpoints[0]?.path ?? ""] : [];

/**
 * With several publishers heard by all, messages of different publishers may overtake each other: only each publisher's
 * own are in order.
 */
function heardBy(scenario: ConnectionsScenario): PublishPlan["heardBy"] {
  const audience = audienceOf(scenario.mqtt?.topics ?? [], scenario.mqtt?.publish?.topic ?? "", scenario.vars);
  if (audience === "own") return "own";
  return audience === "all" && mqttPublishers(scenario) === 1 ? "all" : "unknown";
}

export const mqttPublishers = ({ mqtt, connections }: Pick<ConnectionsScenario, "mqtt" | "connections">): number =>
  Math.max(1, Math.round(connections * (mqtt?.publish?.share ?? 0)));

/** A built-in target only pushes its own messages: what is published to it is not delivered to anyone. */
export function publishPlan(scenario: ConnectionsScenario, { keepsContract }: RunTarget): PublishPlan | null {
  const publish = scenario.mqtt?.publish;
  if (publish === undefined) return null;
  const hearing = keepsContract ? "unknown" : heardBy(scenario);
  return {
    everyMs: durationMs(publish.every),
    publishers: mqttPublishers(scenario),
    bytes: publish.bytes,
    payload: publish.payload ?? null,
    clock: hearing === "unknown" ? "realtime" : "monotonic",
    heardBy: hearing,
  };
}

/**
 * The pushes that a run's subscribers expect from its own publishers; null where something else pushes, or the scenario
 * specifies what to expect.
 */
export function ownPushes(scenario: ConnectionsScenario): ShardPlan["push"] | null {
  const publish = scenario.mqtt?.publish;
  if (publish === undefined || publish.payload !== undefined || (scenario.push?.stamp ?? "auto") !== "auto")
    return null;
  return {
    intervalMs: durationMs(publish.every),
    stamp: heardBy(scenario) === "unknown" ? dueStamp : "holdfast",
    isDeclared: false,
    startsAtZero: false,
  };
}
