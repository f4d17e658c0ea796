/** What an error event of Node's sockets says. */
import { tlsReason } from "../tls-reason.ts";

export interface SocketFailure {
  /** The error's name (`ECONNRESET`); empty when the peer only ended its stream. */
  name: string;
  /** Positive; 0 when the peer only ended its stream. */
  errno: number;
  /** What of TLS failed; empty when it was not TLS. */
  tlsReason: string;
}

/** How OpenSSL's own sentence names the reason, where Node passes it on as a failed write. */
const opensslReason = /SSL routines:[^:]*:([^:]+)/;

/**
 * System errors have an errno, those of TLS a code alone. A stream that ends within the TLS handshake is told as a
 * reset without an errno.
 */
export function socketFailure({ code = "", errno, message }: NodeJS.ErrnoException): SocketFailure {
  const reason = opensslReason.exec(message)?.[1];
  if (reason !== undefined) return { name: code, errno: 0, tlsReason: tlsReason(reason) };
  if (errno !== undefined) return { name: code, errno: Math.abs(errno), tlsReason: "" };
  const isTls = code !== "" && code !== "ECONNRESET" && code !== "EPIPE";
  return isTls ? { name: code, errno: 0, tlsReason: tlsReason(code) } : { name: "", errno: 0, tlsReason: "" };
}
