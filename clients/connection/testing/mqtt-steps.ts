/** For tests: a connection of MQTT step by step, and the packets that most of them begin with, written out. */
import type { MqttOptions } from "../codec/mqtt/options.ts";

/**
 * `connect`, `publish` and `farewell` are the client's; bytes in hexadecimal are the broker's; `end`: it closed; so
 * many seconds later it is time to look whether a PINGREQ is due.
 */
type Step = "connect" | "publish" | "farewell" | "end" | { broker: string } | { afterSeconds: number };

export interface MqttStepsCase {
  statement: string;
  name: string;
  options: Partial<MqttOptions>;
  steps: Step[];
  /** What goes out ("sent"; "held back" where nothing does) and what is told of the broker, in its order. */
  told: string[];
}

export const version4: Partial<MqttOptions> = { version: 4 };
export const alone: Partial<MqttOptions> = { topics: [] };
export const broker = (bytes: string): Step => ({ broker: bytes.replaceAll(" ", "") });
export const accepted5 = broker("20 03 00 00 00");
export const accepted4 = broker("20 02 00 00");
/** Accepted with a property. */
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
