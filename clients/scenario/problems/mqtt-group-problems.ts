/** What is wrong with groups that speak MQTT: their topics, and what they publish. */
import { type Block, blockOf, blocksIn, isBlock } from "../block.ts";
import { sampleOf, topicFilterProblem, topicNameProblem } from "../mqtt-topic.ts";
import type { Problem } from "./problem-bounds.ts";

const textsIn = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];

interface Speaking {
  at: string;
  block: Block;
}

/** The scenario itself, then its groups. */
const speakers = (scenario: Block): Speaking[] => [
  { at: "", block: scenario },
  ...blocksIn(scenario.groups).map((block, place) => ({ at: `groups.${place}.`, block })),
];

/** The fields that only a protocol with topics can have, where they are given. */
export function topicFields(scenario: Block): { field: string }[] {
  return speakers(scenario).flatMap(({ at, block }) => {
    const publish = blockOf(block.publish);
    const given = [
      at !== "" && block.topics !== undefined ? "topics" : null,
      ...["topic", "qos"].map((name) => (publish[name] === undefined ? null : `publish.${name}`)),
    ];
    return given.flatMap((name) => (name === null ? [] : [{ field: `${at}${name}` }]));
  });
}

/** Problems of a scenario whose protocol is mqtt. */
export function publishProblems(scenario: Block): Problem[] {
  const speaking = speakers(scenario);
  const problems = speaking.flatMap(({ at, block }) => [
    ...conversationProblems(at, block),
    ...topicsProblems(at, block),
    ...messageProblems(at, block),
  ]);
  const publishers = speaking.filter(({ block }) => isBlock(block.publish));
  const [first] = publishers;
  if (first === undefined) return problems;
  const mqtt = blockOf(scenario.mqtt);
  if (mqtt.publish !== undefined)
    problems.push({
      field: `${first.at}publish`,
      text: "expected this or mqtt.publish, not both: each message is counted by one of them",
    });
  const isHeard =
    textsIn(mqtt.topics).length > 0 || speaking.some(({ at, block }) => at !== "" && textsIn(block.topics).length > 0);
  if (!isHeard)
    problems.push({
      field: `${first.at}publish`,
      text: "expected at least one subscriber: neither mqtt.topics nor any group's topics name a filter",
    });
  return problems;
}

function conversationProblems(at: string, { conversation }: Block): Problem[] {
  if (conversation === undefined) return [];
  const text =
    "expected to be left out with protocol mqtt: opening and heartbeat are part of the protocol; use publish for what clients send";
  return [{ field: `${at}conversation`, text }];
}

function topicsProblems(at: string, { topics }: Block): Problem[] {
  if (at === "") return [];
  return textsIn(topics).flatMap((topic, place) => {
    const text = topicFilterProblem(sampleOf(topic));
    return text === null ? [] : [{ field: `${at}topics.${place}`, text }];
  });
}

function messageProblems(at: string, { publish }: Block): Problem[] {
  if (!isBlock(publish)) return [];
  const field = `${at}publish.topic`;
  if (typeof publish.topic !== "string")
    return [
      { field, text: 'expected the topic to publish to, as in "rooms/{{room}}": MQTT has no message without one' },
    ];
  const text = topicNameProblem(sampleOf(publish.topic));
  return text === null ? [] : [{ field, text }];
}
