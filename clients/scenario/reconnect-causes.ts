/**
 * The causes after which a client may reconnect: those of clients/measure/cause.ts that the generator did not bring
 * about itself. Apart from the schema, so that shard processes load no schema library.
 */
export const reconnectCauses = [
  "refused",
  "connect-timeout",
  "no-local-port",
  "no-descriptor",
  "unreachable",
  "proxy-unreachable",
  "proxy-refused",
  "upgrade-rejected",
  "upgrade-timeout",
  "upgrade-invalid",
  "closed-early",
  "tls-failed",
  "opening-failed",
  "close-frame",
  "eof",
  "reset",
  "protocol-error",
  "silent",
  "target-died",
] as const;
export type ReconnectCause = (typeof reconnectCauses)[number];
