/** Input and output of the handshake client. */

export interface HandshakeOrder {
  client: "holdfast" | "node";
  /** `plain`: TCP without TLS. */
  kind: "plain" | "full" | "resumed";
  connections: number;
  /** The raw TCP port of a built-in target. */
  port: number;
  authority: string | null;
}

export interface HandshakeOutcome {
  perSecond: number;
  /** CPU time of the process per connection, microseconds. */
  cpuUs: number;
}
