/** For tests: an MQTT connection step by step, and the packets that most of them begin with, in hexadecimal. */
import type { MqttOptions } from "../codec/mqtt/options.ts";

/**
 * `connect`, `publish` and `farewell` are the client's actions; `broker` bytes in hexadecimal come from the broker;
 * `end`: the broker closed; `afterSeconds`: so much later, due PINGREQs are checked for.
 */
type Step = "connect" | "publish" | "farewell" | "end" | { broker: string } | { afterSeconds: number };

export interface MqttStepsCase {
  statement: string;
  name: string;
  options: Partial<MqttOptions>;
  steps: Step[];
  /** What is sent ("sent"; "held back" where nothing is) and what is reported of the broker, in order. */
  told: string[];
}

export const version4: Partial<MqttOptions> = { version: 4 };
export const alone: Partial<MqttOptions> = { topics: [] };
export const broker = (bytes: string): Step => ({ broker: bytes.replaceAll(" ", "") });
export const accepted5 = broker("20 03 00 00 00");
export const accepted4 = broker("20 02 00 00");
/** CONNACK that accepts, with a property. */
export const accepting = (properties: string): Step => {
  const length = properties.replaceAll(" ", "").length / 2;
  return broker(`20 ${byte(length + 3)} 00 00 ${byte(length)} ${properties}`);
};
const byte = (value: number): string => value.toString(16).padStart(2, "0");
export const sent = (bytes: string): string => `sent ${bytes.replaceAll(" ", "")}`;
export const write = (bytes: string): string => `write ${bytes.replaceAll(" ", "")}`;

export const hello5 = sent("10 0e 0004 4d515454 05 02 003c 00 0001 63");
export const hello4 = sent("10 0d 0004 4d515454 04 02 003c 0001 63");
export const publishing = (qos: 0 | 1 | 2, more: object = {}): Partial<MqttOptions> => ({
  ...alone,
  publishing: { topic: "t", qos, retain: false, useTopicAlias: false, ...more },
});
