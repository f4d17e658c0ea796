/**
 * URLs of unix sockets, as the ws package writes them: `ws+unix:/run/app.sock:/path?query`, and so for http, tcp and
 * mqtt.
 */

/** Longest path of a socket file, bytes (unix(7)). */
const mostPathBytes = 107;

export interface SocketFileUrl {
  /** The scheme below, with its colon: `ws:`. */
  scheme: string;
  socketPath: string;
  /** What stands behind the second colon, empty where nothing does. */
  path: string;
}

/** Whether a text names a socket file in this way. */
export const isSocketFileUrl = (url: string): boolean => /^[a-z]+\+unix:/i.test(url);

/** Its parts; a text says what is wrong with it. */
export function readSocketFileUrl(url: string): SocketFileUrl | string {
  const [, scheme = "", rest = ""] = /^([a-z]+)\+unix:(.*)$/is.exec(url) ?? [];
  const [, socketPath = "", path = ""] = /^(?:\/\/(?=\/))?([^:]*)(?::(.*))?$/s.exec(rest) ?? [];
  if (!socketPath.startsWith("/") || socketPath.endsWith("/"))
    return `expected the absolute path of a socket file, as in ${scheme}+unix:/run/app.sock:/path`;
  if (socketPath.includes("\0") || Buffer.byteLength(socketPath) > mostPathBytes)
    return `expected the path of a socket file of at most ${mostPathBytes} bytes`;
  return { scheme: `${scheme.toLowerCase()}:`, socketPath, path };
}
