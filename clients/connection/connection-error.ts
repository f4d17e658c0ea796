/**
 * What can go wrong before the first connection is dialled. After that, a failed connection is a sample, not an
 * exception.
 */
export const connectionErrorCodes = [
  "bad-target-url",
  "unknown-host",
  "engine-unavailable",
  "bad-certificate-authority",
  "bad-tls",
  "bad-protocol",
  "target-unreachable",
  "unknown-interface",
] as const;
export type ConnectionErrorCode = (typeof connectionErrorCodes)[number];

/** Its message says what was expected, what was found and what to do. */
export class ConnectionError extends Error {
  override readonly name = "ConnectionError";
  readonly code: ConnectionErrorCode;

  constructor(code: ConnectionErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
