/** Rooms determined by a value: computed once for all connections, so that each shard knows who publishes to whom. */
import type { ShardPlan } from "../../generator/plan.ts";
import { type ConversationPlan, noRoom, type PublishPlan, roomValueOf } from "../../plan/conversation-plan.ts";
import { layOutGroups } from "../../plan/groups.ts";
import { maxMessages } from "../../plan/publish-schedule.ts";
import { connectionNumber } from "../../plan/shard.ts";
import type { ConnectionValues } from "../../plan/values/connection-values.ts";
import { ScenarioError } from "../../scenario/read-scenario.ts";

/** Most publisher-receiver pairs in one shard, at eight bytes each. */
const maxPairs = 50_000_000;

/**
 * The plans with their rooms. `values` are those of the whole run, where slot and connection number are the same.
 * Throws a ScenarioError when there are too many pairs.
 */
export function withRooms(plans: ShardPlan[], values: ConnectionValues): ShardPlan[] {
  const conversation = plans[0]?.conversation;
  if (conversation === undefined || conversation.publishes.length === 0) return plans;
  const places = conversation.publishes.map((publish) => roomsOf(publish, conversation, values));
  return plans.map((plan) => ({
    ...plan,
    conversation: {
      ...conversation,
      publishes: conversation.publishes.map((publish, place) => placed(publish, places[place]!, plan)),
    },
  }));
}

interface AllRooms {
  /** Room of each connection; null: all share one. */
  ofConnection: Int32Array | null;
  publishers: number[];
}

function roomsOf({ reaches, group }: PublishPlan, { groups }: ConversationPlan, values: ConnectionValues): AllRooms {
  const name = roomValueOf(reaches);
  const sizes = groups.map(({ connections }) => connections);
  const ofConnection = new Int32Array(sizes.reduce((sum, size) => sum + size, 0));
  const publishers: number[] = [];
  const numbers = new Map<string, number>();
  let current = "";
  values.groupOf = () => current;
  layOutGroups(sizes, (index, own) => {
    current = groups[own]!.name;
    const text = name === null ? "" : values.at(index).text(name);
    const room = numbers.get(text) ?? numbers.size;
    numbers.set(text, room);
    ofConnection[index] = room;
    if (own === group) publishers.push(room);
  });
  return { ofConnection: name === null ? null : ofConnection, publishers };
}

function placed(
  publish: PublishPlan,
  { ofConnection, publishers }: AllRooms,
  { shard, shards, engine }: ShardPlan,
): PublishPlan {
  const into = new Map<number, number>();
  for (const room of publishers) into.set(room, (into.get(room) ?? 0) + 1);
  const slots = Array.from(
    { length: engine.slots },
    (_, slot) => ofConnection?.[connectionNumber(slot, shard, shards)] ?? 0,
  );
  const pairs = slots.reduce((sum, room) => sum + (into.get(room) ?? 0), 0);
  if (pairs > maxPairs) {
    const text = `expected at most ${maxPairs} publisher-receiver pairs per shard, got ${pairs}; use more shards, fewer publishers, or smaller rooms`;
    throw new ScenarioError([{ field: "publish.reaches", text }]);
  }
  if (ofConnection === null) return publish;
  // A room without a publisher does not count.
  return { ...publish, rooms: { publishers, slots: slots.map((room) => (into.has(room) ? room : noRoom)) } };
}

/** The number of messages a run's publishers send is limited by the range of message ids. */
export function messageProblem(publishers: number, publishes: number, everyMs: number, holdMs: number): string | null {
  const messages = publishers * publishes * Math.ceil(holdMs / everyMs);
  return messages <= maxMessages
    ? null
    : `expected at most ${maxMessages} published messages in a run, got ${messages}; publish less often, or use a shorter hold`;
}
