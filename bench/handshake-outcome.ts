/** What the client of handshakes is told and what it prints. */

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
  /** CPU of the process a connection, microseconds. */
  cpuUs: number;
}
