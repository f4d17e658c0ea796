/**
 * A forward proxy in front of the target: dialled in its place and asked with CONNECT (RFC 9110, section 9.3.6) for a
 * tunnel that carries TLS and the protocol. The proxy resolves the target's name.
 */
import { isIP } from "node:net";
import type { Cause, CauseCode } from "../measure/cause.ts";
import { urlHost } from "../measure/url-host.ts";
import { mostHeadBytes } from "./codec/http-head.ts";
import { ConnectionError } from "./connection-error.ts";
import type { Endpoint, ForwardProxy } from "./engine.ts";
import { addressesOf } from "./resolve-endpoint.ts";

/** What an endpoint's socket connects to. */
export type DialledPlace = { address: string; family: 4 | 6; port: number } | { socketPath: string };

export function dialledPlace(endpoint: Endpoint): DialledPlace {
  return endpoint.socketPath === undefined ? (endpoint.proxy ?? endpoint) : { socketPath: endpoint.socketPath };
}

/**
 * Parses `http://user:password@host:port` without network access. Throws a ConnectionError `bad-target-url` that does
 * not reveal the password.
 */
export function parseProxy(text: string): Omit<ForwardProxy, "address" | "family"> {
  const bad = (problem: string): never => {
    throw new ConnectionError(
      "bad-target-url",
      `proxy: expected ${problem}, got "${text.replace(/^([^@]*?\/\/)?.*@/s, "$1(not shown)@")}"`,
    );
  };
  if (!URL.canParse(text)) return bad("an address such as http://user:password@proxy.example:3128");
  const url = new URL(text);
  if (url.protocol !== "http:")
    return bad("an http:// address: the proxy itself is used over plain HTTP, connections through it may use TLS");
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "") return bad("no path, query or fragment");
  if (url.hostname === "") return bad("a host");
  const given = [url.username, url.password].map(unescaped);
  const authorization = given.every((part) => part === "")
    ? {}
    : { authorization: `Basic ${Buffer.from(given.join(":")).toString("base64")}` };
  // A parsed URL omits the default port of http://.
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? 80 : Number(url.port),
    ...authorization,
  };
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Parses a proxy address and resolves its name. Throws a ConnectionError: `bad-target-url` or `unknown-host`. */
export async function resolveProxy(text: string): Promise<ForwardProxy> {
  const named = parseProxy(text);
  const [address = ""] = await addressesOf(named.host, (problem) => `proxy: ${problem}`);
  return { ...named, address, family: isIP(address) === 6 ? 6 : 4 };
}

/** The request for a tunnel to an endpoint. */
export function tunnelRequest({ host, port, proxy }: Endpoint): Uint8Array {
  const place = `${urlHost(host)}:${port}`;
  const authorization = proxy?.authorization === undefined ? "" : `Proxy-Authorization: ${proxy.authorization}\r\n`;
  return Buffer.from(`CONNECT ${place} HTTP/1.1\r\nHost: ${place}\r\n${authorization}\r\n`, "latin1");
}

/**
 * Evaluates the answer to CONNECT: `null` when more of it is needed, the length of its head when the tunnel is
 * established, otherwise why it is not.
 */
export function tunnelAnswer(bytes: Buffer): null | number | { code: CauseCode } {
  const end = bytes.indexOf("\r\n\r\n");
  const status = /^HTTP\/1\.[01] ([0-9]{3})(?: [^\r\n]*)?\r\n/.exec(
    bytes.toString("latin1", 0, Math.min(bytes.length, 4096)),
  )?.[1];
  if (end < 0) {
    const isHttp = "HTTP/1.".startsWith(bytes.toString("latin1", 0, Math.min(bytes.length, 7)));
    return isHttp && bytes.length <= mostHeadBytes ? null : { code: isHttp ? "head-too-large" : "malformed" };
  }
  if (status === undefined) return { code: "malformed" };
  return status.startsWith("2") ? end + 4 : { code: Number(status) };
}

/**
 * The cause of a failed connect through a proxy: failures not of this machine's making are attributed to the proxy.
 * `isAsked`: TCP was connected.
 */
export function throughProxy(cause: Cause, code: CauseCode, isAsked: boolean): { cause: Cause; code: CauseCode } {
  if (cause !== "refused" && cause !== "connect-timeout" && cause !== "unreachable") return { cause, code };
  const why = code === 0 || code === "" ? (cause === "connect-timeout" ? "timeout" : cause) : code;
  return { cause: isAsked ? "proxy-refused" : "proxy-unreachable", code: why };
}
