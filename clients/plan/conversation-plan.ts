/**
 * Converts a scenario's description of its clients to a shard's plan: groups, their conversations, and every kind of
 * message sent on a schedule.
 */

import { durationMs } from "../scenario/duration.ts";
import type { Conversation, Matcher, Publish } from "../scenario/fields/conversation-schema.ts";
import type { QualityOfService } from "../scenario/fields/mqtt-fields.ts";
import type { ConnectionsScenario } from "../scenario/schema.ts";

export interface GroupPlan {
  name: string;
  connections: number;
  /** Index into `conversations`; -1: it only listens. */
  conversation: number;
  /** Instead of, or in addition to, the scenario's own. */
  path?: string;
  headers?: Record<string, string>;
  subprotocols?: string[];
  /** MQTT: the topics it subscribes to instead of the scenario's. */
  topics?: string[];
}

/** A message that is sent repeatedly. */
export interface ExchangePlan {
  name: string;
  kind: "beat" | "request";
  /** Indexes of the groups whose connections send it. */
  groups: number[];
  everyMs: number;
  withinMs: number;
  send: string;
  answer: Matcher | null;
}

/** The room of a slot that receives nothing. */
export const noRoom = -1;

/** Who receives whose messages, where that depends on a shared value. */
export interface RoomsPlan {
  /** Room of each publisher of the run, by publisher number. */
  publishers: number[];
  /** Room of each slot of the shard; {@link noRoom} for none. */
  slots: number[];
}

export interface PublishPlan {
  /** Index of the publishing group. */
  group: number;
  everyMs: number;
  withinMs: number;
  send: string;
  sender: boolean;
  arrives: Matcher | null;
  reaches: string;
  /** MQTT: the topic template and QoS. Empty for other protocols. */
  topic: string;
  qos: QualityOfService;
  /** MQTT: messages published while a receiver is disconnected are kept in its session and due once it is back. */
  isKept: boolean;
  /** Absent where all receivers share one room. */
  rooms?: RoomsPlan;
}

export interface ConversationPlan {
  groups: GroupPlan[];
  conversations: Conversation[];
  exchanges: ExchangePlan[];
  publishes: PublishPlan[];
}

/** The value that determines a publish's receivers; null where they are a group, or all connections. */
export const roomValueOf = (reaches: string): string | null =>
  reaches === "all" || reaches === "group" || reaches.startsWith("group:") ? null : reaches;

/** Name of the only group of a scenario without groups. */
export const onlyGroup = "all";

type Talking = Pick<ConnectionsScenario, "connections" | "groups" | "conversation" | "publish" | "mqtt">;

/** Null for a scenario whose connections only listen and are all alike, which then costs nothing. */
export function planConversation(scenario: Talking): ConversationPlan | null {
  const { groups, conversation, publish } = scenario;
  if (groups === undefined && conversation === undefined && publish === undefined) return null;
  const conversations: Conversation[] = conversation === undefined ? [] : [conversation];
  const own: { conversation?: Conversation | undefined; publish?: Publish | undefined }[] = groups ?? [{}];
  const named = groups ?? [{ name: onlyGroup, connections: scenario.connections }];
  const plans = named.map((group, place): GroupPlan => {
    const { name, connections } = group;
    const special = own[place]?.conversation;
    const index = special === undefined ? (conversation === undefined ? -1 : 0) : conversations.push(special) - 1;
    const { path, headers, subprotocols, topics } = group as Partial<GroupPlan>;
    return {
      name,
      connections,
      conversation: index,
      ...(path === undefined ? {} : { path }),
      ...(headers === undefined ? {} : { headers }),
      ...(subprotocols === undefined ? {} : { subprotocols }),
      ...(topics === undefined ? {} : { topics }),
    };
  });
  const publishes = plans.flatMap((_, group) => {
    const said = own[group]?.publish ?? (groups === undefined ? publish : undefined);
    return said === undefined ? [] : [publishPlan(said, group, scenario.mqtt)];
  });
  return {
    groups: plans,
    conversations,
    exchanges: conversations.flatMap((talk, place) => exchangesOf(talk, groupsOf(plans, place))),
    publishes,
  };
}

const groupsOf = (groups: readonly GroupPlan[], conversation: number): number[] =>
  groups.flatMap((group, place) => (group.conversation === conversation ? [place] : []));

function exchangesOf({ beats = [], requests = [] }: Conversation, groups: number[]): ExchangePlan[] {
  const plan = (
    kind: "beat" | "request",
    name: string,
    said: { every: string; within: string; send: string; answer?: Matcher | undefined },
  ): ExchangePlan => ({
    name,
    kind,
    groups,
    everyMs: durationMs(said.every),
    withinMs: durationMs(said.within),
    send: said.send,
    answer: said.answer ?? null,
  });
  return [
    ...beats.map((beat, place) => plan("beat", beat.name ?? (place === 0 ? "beat" : `beat ${place + 1}`), beat)),
    ...requests.map((request) => plan("request", request.name, request)),
  ];
}

const publishPlan = (
  { every, within, send, sender, arrives, reaches, topic = "", qos = 0 }: Publish,
  group: number,
  mqtt?: Talking["mqtt"],
): PublishPlan => ({
  group,
  everyMs: durationMs(every),
  withinMs: durationMs(within),
  send,
  sender,
  arrives: arrives ?? null,
  reaches,
  topic,
  qos: qos as QualityOfService,
  isKept: qos > 0 && mqtt !== undefined && !mqtt.cleanStart && mqtt.qos > 0,
});
