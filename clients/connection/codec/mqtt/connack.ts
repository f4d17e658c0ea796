/** Parses a broker's CONNACK (section 3.2). */
import type { ViolationRule } from "../protocol.ts";
import type { MqttOptions } from "./options.ts";
import { reason } from "./packet.ts";
import { allowedProperties, type PropertyReader } from "./properties.ts";

/**
 * Returns the rule that the CONNACK from `body` to `next` violates, or its code: `reason.success` accepts, any other
 * refuses. MQTT 5 properties are left in `properties`.
 */
export function readConnack(
  bytes: Buffer,
  body: number,
  next: number,
  { version, cleanStart }: MqttOptions,
  properties: PropertyReader,
): ViolationRule | number {
  if (next - body < 2) return "malformed-packet";
  const flags = bytes[body]!;
  const code = bytes[body + 1]!;
  const isPresent = flags === 1;
  if (flags > 1 || (isPresent && code !== 0)) return "malformed-packet";
  properties.reset();
  // A broker of another version answers in that version's format, without properties.
  const isOlder = version === 5 && next - body === 2;
  if (version === 5 && !isOlder && properties.read(bytes, body + 2, next, allowedProperties.connack) !== next)
    return "bad-property";
  if (version === 4 && next - body !== 2) return "malformed-packet";
  if (isOlder && code === reason.success) return "malformed-packet";
  // A clean start must not be given an existing session [MQTT-3.2.2-2, -4].
  return isPresent && cleanStart ? "unexpected-session" : code;
}
