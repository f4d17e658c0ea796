/**
 * What is wrong with a scenario that speaks MQTT, before anything is started: what a broker would refuse, or confuse.
 */
import { durationMs, durationPattern } from "../duration.ts";
import type { MqttBlock } from "../fields/mqtt-fields.ts";
import { partsIn, sampleOf, textProblem, topicFilterProblem, topicNameProblem } from "../mqtt-topic.ts";
import { isConstant } from "../template.ts";
import { publishProblems, topicFields } from "./mqtt-group-problems.ts";
import type { Problem } from "./problem-bounds.ts";

const longestKeepAliveMs = 65_535_000;

interface Input {
  protocol?: unknown;
  connections?: unknown;
  target?: unknown;
  mqtt?: MqttBlock;
  subscribe?: unknown;
  subprotocols?: unknown;
  headers?: unknown;
  compression?: unknown;
}

/**
 * Every problem of the block and of what stands beside it. To be called with a scenario whose fields have their types.
 */
export function mqttProblems(scenario: Record<string, unknown>): Problem[] {
  const input = scenario as Input;
  const { mqtt } = input;
  if (input.protocol !== "mqtt") {
    const elsewhere = topicFields(scenario).map(({ field }) => ({
      field,
      text: `expected to be left out with protocol ${input.protocol}, which has no topics`,
    }));
    return mqtt === undefined
      ? elsewhere
      : [
          ...elsewhere,
          { field: "mqtt", text: `expected protocol mqtt with it, got ${JSON.stringify(input.protocol)}` },
        ];
  }
  const besides = [...foreignFields(input), ...publishProblems(scenario)];
  return mqtt === undefined ? besides : [...besides, ...blockProblems(mqtt, Number(input.connections ?? 0))];
}

/** Fields of other protocols, which MQTT would leave without effect. */
function foreignFields(input: Input): Problem[] {
  const problems: Problem[] = [];
  if (input.subscribe !== undefined)
    problems.push({
      field: "subscribe",
      text: "expected to be left out with protocol mqtt: mqtt.topics says what to subscribe to",
    });
  if (input.subprotocols !== undefined)
    problems.push({
      field: "subprotocols",
      text: "expected to be left out with protocol mqtt: over ws:// it is always mqtt",
    });
  if (input.compression === true)
    problems.push({ field: "compression", text: "expected to be left out with protocol mqtt" });
  const targets = [input.target].flat().filter((target) => typeof target === "string");
  if (input.headers !== undefined && targets.some((target) => /^mqtts?:/.test(target)))
    problems.push({
      field: "headers",
      text: "expected to be left out with mqtt://, which has no HTTP request; ws:// has one",
    });
  return problems;
}

function blockProblems(mqtt: MqttBlock, connections: number): Problem[] {
  return [
    ...textProblems(mqtt),
    ...identityProblems(mqtt, connections),
    ...versionProblems(mqtt),
    ...timeProblems(mqtt),
  ];
}

function textProblems(mqtt: MqttBlock): Problem[] {
  const { topics = [], will, publish } = mqtt;
  const checked: [field: string, problem: string | null][] = [
    ...topics.map((topic, index): [string, string | null] => [
      `mqtt.topics.${index}`,
      topicFilterProblem(sampleOf(topic)),
    ]),
    ["mqtt.will.topic", will === undefined ? null : topicNameProblem(sampleOf(will.topic))],
    ["mqtt.publish.topic", publish === undefined ? null : topicNameProblem(sampleOf(publish.topic))],
    ...(["clientId", "user"] as const).map((name): [string, string | null] => [
      `mqtt.${name}`,
      mqtt[name] ? textProblem(mqtt[name]) : null,
    ]),
  ];
  return checked.flatMap(([field, problem]) => (problem === null ? [] : [{ field, text: problem }]));
}

function identityProblems(
  { clientId, cleanStart, user, password, version }: MqttBlock,
  connections: number,
): Problem[] {
  const problems: Problem[] = [];
  if (clientId !== undefined && clientId !== "" && isConstant(partsIn(clientId)) && connections > 1) {
    const text = `expected a unique client id for each of ${connections} connections, e.g. "${clientId}-{{index}}": a broker closes the older of two connections with the same client id`;
    problems.push({ field: "mqtt.clientId", text });
  }
  if (clientId === "" && !cleanStart)
    problems.push({
      field: "mqtt.clientId",
      text: "expected a client id when the session is kept (cleanStart: false)",
    });
  if (version === "3.1.1" && password !== undefined && user === undefined)
    problems.push({
      field: "mqtt.user",
      text: "expected a user name with the password: MQTT 3.1.1 requires one",
    });
  return problems;
}

/** Fields that MQTT 3.1.1 has nothing for. */
function versionProblems(mqtt: MqttBlock): Problem[] {
  if (mqtt.version !== "3.1.1") return [];
  const given: [field: string, isGiven: boolean][] = [
    ["sessionExpiry", mqtt.sessionExpiry !== undefined],
    ["receiveMaximum", mqtt.receiveMaximum !== undefined],
    ["maximumPacketSize", mqtt.maximumPacketSize !== undefined],
    ["topicAliases", mqtt.topicAliases !== undefined],
    ["will.delay", mqtt.will?.delay !== undefined],
    ["publish.topicAlias", mqtt.publish?.topicAlias === true],
  ];
  return given.flatMap(([field, isGiven]) =>
    isGiven
      ? [{ field: `mqtt.${field}`, text: "expected to be left out with version 3.1.1: it was introduced in MQTT 5" }]
      : [],
  );
}

function timeProblems({ keepAlive, sessionExpiry, will, publish }: MqttBlock): Problem[] {
  const problems: Problem[] = [];
  const milliseconds = (text: string | undefined): number =>
    text !== undefined && new RegExp(durationPattern).test(text) ? durationMs(text) : 0;
  const whole = (field: string, text: string | undefined, mostMs: number): void => {
    const ms = milliseconds(text);
    if (ms % 1000 !== 0 || ms > mostMs)
      problems.push({ field, text: `expected whole seconds, at most ${mostMs / 1000}, got ${JSON.stringify(text)}` });
  };
  whole("mqtt.keepAlive", keepAlive, longestKeepAliveMs);
  whole("mqtt.sessionExpiry", sessionExpiry, 4_294_967_295_000);
  whole("mqtt.will.delay", will?.delay, 4_294_967_295_000);
  if (publish !== undefined && milliseconds(publish.every) <= 0)
    problems.push({ field: "mqtt.publish.every", text: "expected more than 0s" });
  return problems;
}
