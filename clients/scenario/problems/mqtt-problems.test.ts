import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { topicFilterProblem, topicNameProblem } from "../mqtt-topic.ts";
import { readScenario, ScenarioError } from "../read-scenario.ts";

/** The problems of a scenario, by field. */
function problems(fields: Record<string, unknown>): Record<string, string> {
  try {
    readScenario({ kind: "connections", target: "mqtt://127.0.0.1", ...fields });
    return {};
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    return Object.fromEntries(error.problems.map(({ field, text }) => [field, text]));
  }
}

/** By conformance statement; the numbers are those of MQTT 5, those of 3.1.1 in brackets where they differ. */
const filters: [statement: string, filter: string, isOne: boolean][] = [
  ["MQTT-4.7.3-1", "a", true],
  ["MQTT-4.7.3-1", " ", true],
  ["MQTT-4.7.3-1", "/", true],
  ["MQTT-4.7.3-1", "a//b", true],
  ["MQTT-4.7.3-1", "", false],
  ["MQTT-4.7.1-1 (3.1.1: 4.7.1-2)", "#", true],
  ["MQTT-4.7.1-1 (3.1.1: 4.7.1-2)", "a/#", true],
  ["MQTT-4.7.1-1 (3.1.1: 4.7.1-2)", "a#", false],
  ["MQTT-4.7.1-1 (3.1.1: 4.7.1-2)", "#/a", false],
  ["MQTT-4.7.1-2 (3.1.1: 4.7.1-3)", "+", true],
  ["MQTT-4.7.1-2 (3.1.1: 4.7.1-3)", "+/a/+", true],
  ["MQTT-4.7.1-2 (3.1.1: 4.7.1-3)", "a/b+", false],
  ["MQTT-4.7.1-2 (3.1.1: 4.7.1-3)", "+a/b", false],
  ["4.7.2", "$SYS/#", true],
  ["MQTT-4.7.3-2", "a\0b", false],
  ["MQTT-1.5.4-1 (3.1.1: 1.5.3-1)", "\ud800", false],
  ["MQTT-4.7.3-3", "x".repeat(65_535), true],
  ["MQTT-4.7.3-3", "x".repeat(65_536), false],
  ["MQTT-4.8.2-1", "$share/g/a/#", true],
  ["MQTT-4.8.2-1", "$share//a", false],
  ["MQTT-4.8.2-2", "$share/g", false],
  ["MQTT-4.8.2-2", "$share/g+/a", false],
];

describe("topic filters and names", () => {
  for (const [statement, filter, isOne] of filters)
    it(`[${statement}] ${JSON.stringify(filter.slice(0, 10))}, ${filter.length} long, is ${isOne ? "a filter" : "none"}`, () => {
      assert.equal(topicFilterProblem(filter) === null, isOne);
    });
  it("[MQTT-4.7.0-1 (3.1.1: 4.7.1-1), MQTT-3.3.2-2] a name has no wildcards", () => {
    assert.equal(topicNameProblem("a/b"), null);
    assert.match(topicNameProblem("a/+") ?? "", /wildcards/);
  });
});

describe("a scenario of MQTT", () => {
  it("follows from the target's scheme, or from its block; a version may be a number", () => {
    const read = (input: Record<string, unknown>) =>
      readScenario({ kind: "connections", ...input }) as { protocol: string; mqtt?: { version: string } };
    assert.equal(read({ target: "mqtt://h" }).protocol, "mqtt");
    assert.equal(read({ target: "MQTTS://h" }).protocol, "mqtt");
    assert.equal(read({ target: "ws://h", mqtt: { version: 5 } }).protocol, "mqtt");
    assert.equal(read({ target: "ws://h", mqtt: { version: 5 } }).mqtt?.version, "5");
    assert.equal(read({ target: "tcp://h:1" }).protocol, "tcp");
    assert.equal(read({ target: "ws://h" }).protocol, "websocket");
  });

  it("is refused for what a broker would refuse or confuse, all at once", () => {
    const told = problems({
      connections: 10,
      mqtt: {
        clientId: "same",
        topics: ["ok/{{index + 1}}", "bad/#/x"],
        qos: 3,
        keepAlive: "1500ms",
        will: { topic: "w/+" },
        publish: { topic: "{{nobody", every: "0s" },
      },
    });
    for (const field of [
      "mqtt.clientId",
      "mqtt.topics.1",
      "mqtt.qos",
      "mqtt.keepAlive",
      "mqtt.will.topic",
      "mqtt.publish.topic",
      "mqtt.publish.every",
    ])
      assert.notEqual(told[field], undefined, `${field} of ${JSON.stringify(told)}`);
    assert.equal(told["mqtt.topics.0"], undefined);
  });

  it("is refused for fields of MQTT 5 with 3.1.1, a password without a user, a session without a client id", () => {
    const told = problems({
      mqtt: {
        version: "3.1.1",
        password: "p",
        receiveMaximum: 5,
        sessionExpiry: "5s",
        topicAliases: 3,
        maximumPacketSize: 100,
        will: { topic: "w", delay: "1s" },
      },
    });
    assert.deepEqual(Object.keys(told).sort(), [
      "mqtt.maximumPacketSize",
      "mqtt.receiveMaximum",
      "mqtt.sessionExpiry",
      "mqtt.topicAliases",
      "mqtt.user",
      "mqtt.will.delay",
    ]);
    assert.deepEqual(Object.keys(problems({ mqtt: { clientId: "", cleanStart: false } })), ["mqtt.clientId"]);
  });

  it("says who publishes what and where, with filters of the groups' own", () => {
    const publish = { every: "1s", send: "{{message}}", topic: "up/{{index}}" };
    const listener = { name: "a", connections: 1, topics: ["up/#"] };
    const speaker = (more: Record<string, unknown>) => ({ name: "b", connections: 1, ...more });
    assert.deepEqual(problems({ groups: [listener, speaker({ topics: [], publish })] }), {});
    const told = problems({
      mqtt: { publish: { topic: "x" } },
      groups: [
        { ...listener, topics: ["up/#/x"] },
        speaker({ publish: { ...publish, topic: "up/+", qos: 3 } }),
        { name: "c", connections: 1, publish: { every: "1s", send: "{{message}}" }, conversation: { farewell: "bye" } },
      ],
    });
    for (const field of [
      "groups.0.topics.0",
      "groups.1.publish.qos",
      "groups.1.publish.topic",
      "groups.2.publish.topic",
      "groups.2.conversation",
      "groups.1.publish",
    ])
      assert.notEqual(told[field], undefined, `${field} of ${JSON.stringify(told)}`);
    assert.match(problems({ publish }).publish ?? "", /at least one subscriber/);
    const elsewhere = problems({ target: "ws://h", groups: [{ ...listener, publish: { ...publish, qos: 1 } }] });
    assert.deepEqual(Object.keys(elsewhere).sort(), [
      "groups.0.publish.qos",
      "groups.0.publish.topic",
      "groups.0.topics",
    ]);
  });

  it("has no fields of other protocols, and other protocols have no block of MQTT", () => {
    assert.deepEqual(
      Object.keys(problems({ subscribe: "x", subprotocols: ["y"], compression: true, headers: { a: "b" } })).sort(),
      ["compression", "headers", "subprotocols", "subscribe"],
    );
    assert.deepEqual(Object.keys(problems({ target: "ws://h", protocol: "websocket", mqtt: {} })), ["mqtt"]);
    assert.deepEqual(problems({ target: "ws://h", protocol: "mqtt", headers: { authorization: "x" } }), {});
  });
});
