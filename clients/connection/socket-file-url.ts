/**
 * URLs of unix sockets, in the ws package's format: `ws+unix:/run/app.sock:/path?query`, and likewise for http, tcp and
 * mqtt.
 */

/** Longest path of a unix socket, bytes (unix(7)). */
const mostPathBytes = 107;

export interface SocketFileUrl {
  /** The underlying scheme with its colon: `ws:`. */
  scheme: string;
  socketPath: string;
  /** The part after the second colon, possibly empty. */
  path: string;
}

/** Whether a URL names a unix socket. */
export const isSocketFileUrl = (url: string): boolean => /^[a-z]+\+unix:/i.test(url);

/** The parts of such a URL, or a text that says what is wrong with it. */
export function readSocketFileUrl(url: string): SocketFileUrl | string {
  const [, scheme = "", rest = ""] = /^([a-z]+)\+unix:(.*)$/is.exec(url) ?? [];
  const [, socketPath = "", path = ""] = /^(?:\/\/(?=\/))?([^:]*)(?::(.*))?$/s.exec(rest) ?? [];
  if (!socketPath.startsWith("/") || socketPath.endsWith("/"))
    return `expected the absolute path of a socket file, as in ${scheme}+unix:/run/app.sock:/path`;
  if (socketPath.includes("\0") || Buffer.byteLength(socketPath) > mostPathBytes)
    return `expected the path of a socket file of at most ${mostPathBytes} bytes`;
  return { scheme: `${scheme.toLowerCase()}:`, socketPath, path };
}
