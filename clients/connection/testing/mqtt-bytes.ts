/** For tests: packets of an honest broker, made by mqtt-packet, which shares nothing with the codec. */
import { generate, type Packet } from "mqtt-packet";
import type { MqttOptions } from "../codec/mqtt/options.ts";

export const plainOptions: MqttOptions = {
  version: 5,
  clientId: "c",
  user: null,
  password: null,
  topics: ["t/#"],
  qos: 2,
  cleanStart: true,
  sessionExpirySeconds: 0,
  unsubscribes: false,
  keepAliveSeconds: 60,
  will: null,
  receiveMaximum: 65535,
  maximumPacketBytes: null,
  topicAliases: 0,
  publishing: null,
};

const made = (version: 4 | 5) => (sent: unknown) => Buffer.from(generate(sent as Packet, { protocolVersion: version }));
export const v4 = made(4);
export const v5 = made(5);
export const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");

export const connack5 = v5({ cmd: "connack", sessionPresent: false, reasonCode: 0 });
export const connack4 = v4({ cmd: "connack", sessionPresent: false, returnCode: 0 });
export const suback5 = v5({ cmd: "suback", messageId: 65535, granted: [2] });
export const suback4 = v4({ cmd: "suback", messageId: 65535, granted: [2] });
/** A connection that is accepted and subscribed, for the bytes that follow. */
export const opening5 = Buffer.concat([connack5, suback5]);
export const opening4 = Buffer.concat([connack4, suback4]);
export const publish5 = (more: Record<string, unknown>): Buffer =>
  v5({ cmd: "publish", topic: "t/a", payload: "hi", qos: 0, dup: false, retain: false, ...more });
export const publish4 = (more: Record<string, unknown>): Buffer =>
  v4({ cmd: "publish", topic: "t/a", payload: "hi", qos: 0, dup: false, retain: false, ...more });

export const subscribe5 = "write 8209ffff000003742f2302";
export const subscribe4 = "write 8208ffff0003742f2302";
export const told5 = [subscribe5, "opened"];
export const told4 = [subscribe4, "opened"];
export const message = "message 6869";
export const disconnect = (code: string): string => `write e001${code}`;
export const broken = (rule: string, code = "81"): string[] => [...told5, disconnect(code), `violation ${rule}`];

export interface MqttCase {
  /** The statement, or the section where the standard numbers none. */
  statement: string;
  name: string;
  options?: Partial<MqttOptions>;
  bytes: Buffer;
  told: string[];
}

/** Sent after the opening. */
export const after5 = (
  statement: string,
  name: string,
  bytes: Buffer,
  told: string[],
  options: Partial<MqttOptions> = {},
): MqttCase => ({
  statement,
  name,
  options,
  bytes: Buffer.concat([opening5, bytes]),
  told,
});
export const after4 = (statement: string, name: string, bytes: Buffer, told: string[]): MqttCase => ({
  statement,
  name,
  options: { version: 4 },
  bytes: Buffer.concat([opening4, bytes]),
  told: [...told4, ...told],
});
