/** What is wrong with a scenario that speaks MQTT, before anything is started: what a broker would refuse, or confuse. */
import { durationMs, durationPattern } from "./duration.ts";
import type { MqttBlock } from "./mqtt-fields.ts";
import type { Problem } from "./problem-bounds.ts";
import { isConstant, parseTemplate } from "./template.ts";

const mostTextBytes = 65_535;
const longestKeepAliveMs = 65_535_000;

/** Why a text is no topic filter (MQTT 5, sections 4.7.1 and 4.8.2), null when it is one. */
export function topicFilterProblem(filter: string): string | null {
  const nameProblem = textProblem(filter);
  if (nameProblem !== null) return nameProblem;
  const levels = filter.split("/");
  if (levels[0] === "$share") {
    if (levels.length < 3 || levels[1] === "" || /[#+]/.test(levels[1] ?? "") || levels.slice(2).join("/") === "")
      return "expected a shared subscription of the form $share/NAME/FILTER, the name without + and #";
    return topicFilterProblem(levels.slice(2).join("/"));
  }
  for (const [at, level] of levels.entries()) {
    if (level.includes("#") && (level !== "#" || at !== levels.length - 1)) return "expected # only as the last level, alone";
    if (level.includes("+") && level !== "+") return "expected + only as a whole level";
  }
  return null;
}

/** Why a text is no topic name, null when it is one. */
export function topicNameProblem(name: string): string | null {
  return textProblem(name) ?? (/[+#]/.test(name) ? "expected a topic without the wildcards + and #" : null);
}

function textProblem(text: string): string | null {
  if (text === "") return "expected at least one character";
  if (text.includes("\0")) return "expected text without the character U+0000";
  if (/\p{Surrogate}/u.test(text)) return "expected text that UTF-8 can carry";
  const bytes = Buffer.byteLength(text);
  return bytes > mostTextBytes ? `expected at most ${mostTextBytes} bytes, got ${bytes}` : null;
}

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

/** Every problem of the block and of what stands beside it. To be called with a scenario whose fields have their types. */
export function mqttProblems(scenario: Record<string, unknown>): Problem[] {
  const input = scenario as Input;
  const { mqtt } = input;
  if (input.protocol !== "mqtt") {
    return mqtt === undefined ? [] : [{ field: "mqtt", text: `expected protocol mqtt beside it, got ${JSON.stringify(input.protocol)}` }];
  }
  const besides = foreignFields(input);
  return mqtt === undefined ? besides : [...besides, ...blockProblems(mqtt, Number(input.connections ?? 0))];
}

/** Fields of other protocols, which MQTT would leave without effect. */
function foreignFields(input: Input): Problem[] {
  const problems: Problem[] = [];
  if (input.subscribe !== undefined) problems.push({ field: "subscribe", text: "expected none with protocol mqtt: mqtt.topics says what to subscribe to" });
  if (input.subprotocols !== undefined) problems.push({ field: "subprotocols", text: "expected none with protocol mqtt: over ws:// it is always mqtt" });
  if (input.compression === true) problems.push({ field: "compression", text: "expected none with protocol mqtt" });
  const targets = [input.target].flat().filter((target) => typeof target === "string");
  if (input.headers !== undefined && targets.some((target) => /^mqtts?:/.test(target)))
    problems.push({ field: "headers", text: "expected none with mqtt://, which has no HTTP request; ws:// has one" });
  return problems;
}

function blockProblems(mqtt: MqttBlock, connections: number): Problem[] {
  return [...textProblems(mqtt), ...identityProblems(mqtt, connections), ...versionProblems(mqtt), ...timeProblems(mqtt)];
}

function textProblems(mqtt: MqttBlock): Problem[] {
  const { topics = [], will, publish } = mqtt;
  const checked: [field: string, problem: string | null][] = [
    ...topics.map((topic, index): [string, string | null] => [`mqtt.topics.${index}`, topicFilterProblem(sampleOf(topic))]),
    ["mqtt.will.topic", will === undefined ? null : topicNameProblem(sampleOf(will.topic))],
    ["mqtt.publish.topic", publish === undefined ? null : topicNameProblem(sampleOf(publish.topic))],
    ...(["clientId", "user"] as const).map((name): [string, string | null] => [`mqtt.${name}`, mqtt[name] ? textProblem(mqtt[name]) : null]),
  ];
  return checked.flatMap(([field, problem]) => (problem === null ? [] : [{ field, text: problem }]));
}

/** A template with a digit for each value: brackets may hold signs that a topic may not. */
function sampleOf(template: string): string {
  return partsIn(template)
    .map((part) => (typeof part === "string" ? part : "0"))
    .join("");
}

/** Parts of a template; one that cannot be read is told elsewhere. */
function partsIn(template: string): ReturnType<typeof parseTemplate> {
  try {
    return parseTemplate(template);
  } catch {
    return [template];
  }
}

function identityProblems({ clientId, cleanStart, user, password, version }: MqttBlock, connections: number): Problem[] {
  const problems: Problem[] = [];
  if (clientId !== undefined && clientId !== "" && isConstant(partsIn(clientId)) && connections > 1) {
    const text = `expected a client id of its own for each of ${connections} connections, e.g. "${clientId}-{{index}}": a broker ends the older of two connections with one client id`;
    problems.push({ field: "mqtt.clientId", text });
  }
  if (clientId === "" && !cleanStart) problems.push({ field: "mqtt.clientId", text: "expected a client id where a session is kept (cleanStart: false)" });
  if (version === "3.1.1" && password !== undefined && user === undefined)
    problems.push({ field: "mqtt.user", text: "expected a user beside the password: MQTT 3.1.1 has no password without one" });
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
  return given.flatMap(([field, isGiven]) => (isGiven ? [{ field: `mqtt.${field}`, text: "expected none with version 3.1.1: it came with MQTT 5" }] : []));
}

function timeProblems({ keepAlive, sessionExpiry, will, publish }: MqttBlock): Problem[] {
  const problems: Problem[] = [];
  const milliseconds = (text: string | undefined): number => (text !== undefined && new RegExp(durationPattern).test(text) ? durationMs(text) : 0);
  const whole = (field: string, text: string | undefined, mostMs: number): void => {
    const ms = milliseconds(text);
    if (ms % 1000 !== 0 || ms > mostMs) problems.push({ field, text: `expected whole seconds, at most ${mostMs / 1000}, got ${JSON.stringify(text)}` });
  };
  whole("mqtt.keepAlive", keepAlive, longestKeepAliveMs);
  whole("mqtt.sessionExpiry", sessionExpiry, 4_294_967_295_000);
  whole("mqtt.will.delay", will?.delay, 4_294_967_295_000);
  if (publish !== undefined && milliseconds(publish.every) <= 0) problems.push({ field: "mqtt.publish.every", text: "expected more than 0s" });
  return problems;
}
