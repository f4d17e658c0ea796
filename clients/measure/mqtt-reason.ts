/**
 * Names of the codes with which an MQTT broker refuses or ends a connection: return codes of 3.1.1 (section 3.2.2.3)
 * and reason codes of 5 (section 2.4).
 */
const names: Readonly<Record<number, string>> = {
  0: "normal disconnection",
  1: "unacceptable protocol version (3.1.1)",
  2: "identifier rejected (3.1.1)",
  3: "server unavailable (3.1.1)",
  4: "bad user name or password (3.1.1)",
  5: "not authorized (3.1.1)",
  128: "unspecified error",
  129: "malformed packet",
  130: "protocol error",
  131: "implementation specific error",
  132: "unsupported protocol version",
  133: "client identifier not valid",
  134: "bad user name or password",
  135: "not authorized",
  136: "server unavailable",
  137: "server busy",
  138: "banned",
  139: "server shutting down",
  140: "bad authentication method",
  141: "keep alive timeout",
  142: "session taken over",
  143: "topic filter invalid",
  144: "topic name invalid",
  145: "packet identifier in use",
  146: "packet identifier not found",
  147: "receive maximum exceeded",
  148: "topic alias invalid",
  149: "packet too large",
  150: "message rate too high",
  151: "quota exceeded",
  152: "administrative action",
  153: "payload format invalid",
  154: "retain not supported",
  155: "QoS not supported",
  156: "use another server",
  157: "server moved",
  158: "shared subscriptions not supported",
  159: "connection rate exceeded",
  160: "maximum connect time",
  161: "subscription identifiers not supported",
  162: "wildcard subscriptions not supported",
};

/** The name of a code; a descriptive phrase where the standard defines none. */
export function mqttReasonName(code: number): string {
  return names[code] ?? "a reason code that the standard does not define";
}
