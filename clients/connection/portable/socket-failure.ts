/** Interprets the error events of Node's sockets. */
import { tlsReason } from "../tls-reason.ts";

export interface SocketFailure {
  /** The error's name (`ECONNRESET`); empty when the peer just ended its stream. */
  name: string;
  /** Positive; 0 when the peer just ended its stream. */
  errno: number;
  /** The TLS failure; empty when it was not about TLS. */
  tlsReason: string;
}

/** Extracts the reason from OpenSSL's message, which Node reports as a failed write. */
const opensslReason = /SSL routines:[^:]*:([^:]+)/;

/**
 * System errors have an errno, TLS errors only a code. A stream that ends during the TLS handshake is reported by Node
 * as a reset without an errno.
 */
export function socketFailure({ code = "", errno, message }: NodeJS.ErrnoException): SocketFailure {
  const reason = opensslReason.exec(message)?.[1];
  if (reason !== undefined) return { name: code, errno: 0, tlsReason: tlsReason(reason) };
  if (errno !== undefined) return { name: code, errno: Math.abs(errno), tlsReason: "" };
  const isTls = code !== "" && code !== "ECONNRESET" && code !== "EPIPE";
  return isTls ? { name: code, errno: 0, tlsReason: tlsReason(code) } : { name: "", errno: 0, tlsReason: "" };
}
