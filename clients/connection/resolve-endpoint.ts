/**
 * Resolves a target's URL to the addresses to dial. The name is resolved once: a run must not change targets because of
 * DNS.
 */
import { lookup as systemLookup } from "node:dns/promises";
import { isIP } from "node:net";
import { ConnectionError } from "./connection-error.ts";
import type { Endpoint, ProtocolName } from "./engine.ts";
import { isSocketFileUrl, readSocketFileUrl } from "./socket-file-url.ts";

interface Scheme {
  tls: boolean;
  /** Null: the URL must include a port. */
  defaultPort: number | null;
}

const schemes: Record<string, Scheme> = {
  "ws:": { tls: false, defaultPort: 80 },
  "wss:": { tls: true, defaultPort: 443 },
  "http:": { tls: false, defaultPort: 80 },
  "https:": { tls: true, defaultPort: 443 },
  "tcp:": { tls: false, defaultPort: null },
  "tls:": { tls: true, defaultPort: null },
  "nats:": { tls: false, defaultPort: 4222 },
  "mqtt:": { tls: false, defaultPort: 1883 },
  "mqtts:": { tls: true, defaultPort: 8883 },
};

/** URL schemes of each protocol, the usual one first. */
export const schemesOf: Record<ProtocolName, readonly string[]> = {
  websocket: ["ws:", "wss:", "http:", "https:"],
  sse: ["http:", "https:"],
  tcp: ["tcp:", "tls:", "nats:"],
  http: ["http:", "https:"],
  mqtt: ["mqtt:", "mqtts:", "ws:", "wss:"],
};

export type Lookup = (host: string) => Promise<{ address: string; family: number }[]>;

/** All addresses the system's resolver returns for a name. */
const lookupAll: Lookup = (host) => systemLookup(host, { all: true });

/** Addresses for a name and port that override the resolver. */
export interface PinnedName {
  host: string;
  port: number;
  addresses: readonly string[];
}

/** The pinned addresses of a host and port, without duplicates; empty where the resolver is used. */
export const pinnedAddresses = (pins: readonly PinnedName[], host: string, port: number | null): string[] => [
  ...new Set(
    pins.filter((pin) => pin.host === host.toLowerCase() && pin.port === port).flatMap(({ addresses }) => addresses),
  ),
];

/**
 * The endpoints of a URL: one per address of its host, IPv4 first. `pins` override the resolver. Throws a {@link
 * ConnectionError}: `bad-target-url` or `unknown-host`.
 */
export async function resolveEndpoints(
  url: string,
  protocol: ProtocolName,
  pins: readonly PinnedName[] = [],
  lookup: Lookup = lookupAll,
): Promise<{ endpoints: Endpoint[]; isPinned: boolean }> {
  const parsed = parseTarget(url, protocol);
  if (parsed.socketPath !== undefined) return { endpoints: [parsed], isPinned: false };
  const { address: _, family: __, ...named } = parsed;
  const at = (address: string): Endpoint => ({ ...named, address, family: isIP(address) === 6 ? 6 : 4 });
  const pinned = pinnedAddresses(pins, named.host, named.port);
  if (pinned.length > 0) return { endpoints: pinned.map(at), isPinned: true };
  const addresses = await addressesOf(named.host, (problem) => `${problem}; check the name in "${url}"`, lookup);
  return { endpoints: addresses.map(at), isPinned: false };
}

/**
 * The addresses of a host, IPv4 first, at least one; an IP address resolves to itself. `say` phrases a problem. Throws
 * a {@link ConnectionError} `unknown-host`.
 */
export async function addressesOf(
  host: string,
  say: (problem: string) => string,
  lookup: Lookup = lookupAll,
): Promise<string[]> {
  if (isIP(host) !== 0) return [host];
  let found: { address: string; family: number }[];
  try {
    found = await lookup(host);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    throw new ConnectionError("unknown-host", say(`expected a host name that resolves, "${host}" gave ${code}`), {
      cause: error,
    });
  }
  if (found.length === 0)
    throw new ConnectionError("unknown-host", say(`expected a host name with an address, but "${host}" has none`));
  return [...new Set([...found].sort((a, b) => a.family - b.family).map(({ address }) => address))];
}

/** Whether a target's URL uses TLS; false for invalid URLs. */
export function isSecureUrl(url: string): boolean {
  return schemes[/^([a-z]+)(?:\+unix)?:/i.exec(url)?.[1]?.toLowerCase().concat(":") ?? ""]?.tls ?? false;
}

/** The host of a URL, without the brackets of an IPv6 address. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, "$1");

/** The port of a URL; null when it has none and its scheme has no default. */
export const portOf = ({ port, protocol }: URL): number | null =>
  port === "" ? (schemes[protocol]?.defaultPort ?? null) : Number(port);

/**
 * Parses a target's URL without network access; `address` is left empty. Throws a {@link ConnectionError}
 * `bad-target-url`.
 */
export function parseTarget(url: string, protocol: ProtocolName): Endpoint {
  const bad = (problem: string): never => {
    throw new ConnectionError("bad-target-url", `${problem}, got "${url.replace(/\/\/[^/@]*@/, "//(not shown)@")}"`);
  };
  const expected = schemesOf[protocol].map((scheme) => `${scheme}//`);
  if (isSocketFileUrl(url)) return parseSocketFile(url, protocol, bad);
  const { plain, restore } = withoutTemplates(url);
  if (!URL.canParse(plain)) return bad(`expected a URL such as ${expected[0]}host:port/path`);
  const parsed = new URL(plain);
  const scheme = schemes[parsed.protocol];
  if (scheme === undefined || !schemesOf[protocol].includes(parsed.protocol))
    return bad(`expected ${expected.join(" or ")} for protocol ${protocol}`);
  if (parsed.username !== "" || parsed.password !== "")
    return bad(`expected a URL without user and password (give ${credentialsOf(protocol)} instead)`);
  if (parsed.hash !== "") return bad("expected a URL without a #fragment, which is never sent");
  const host = hostOf(parsed);
  if (host === "") return bad("expected a host");
  if (restore(host) !== host) return bad("expected {{...}} only in the path or the query");
  const port = portOf(parsed);
  if (port === null || port === 0)
    return bad(`expected a port from 1 to 65535, as in ${parsed.protocol}//${parsed.hostname}:7000`);
  const path = protocol === "tcp" ? parsed.search : `${parsed.pathname}${parsed.search}`;
  const carrier = protocol === "mqtt" && parsed.protocol.startsWith("ws") ? { carrier: "websocket" as const } : {};
  return { host, address: "", family: 4, port, path: restore(path), tls: scheme.tls, ...carrier };
}

/** Parses the URL of a unix socket; headers name the host as the ws package does. */
function parseSocketFile(url: string, protocol: ProtocolName, bad: (problem: string) => never): Endpoint {
  const parts = readSocketFileUrl(url);
  if (typeof parts === "string") return bad(parts);
  const scheme = schemes[parts.scheme];
  const expected = schemesOf[protocol].map((each) => `${each.slice(0, -1)}+unix:`);
  if (scheme === undefined || !schemesOf[protocol].includes(parts.scheme))
    return bad(`expected ${expected.join(" or ")} for protocol ${protocol}`);
  if (parts.path.includes("#")) return bad("expected a URL without a #fragment, which is never sent");
  const isRaw = protocol === "tcp";
  if (parts.path !== "" && !parts.path.startsWith(isRaw ? "?" : "/"))
    return bad(`expected ${isRaw ? "a query" : "a path"} after the second colon`);
  const carrier = protocol === "mqtt" && parts.scheme.startsWith("ws") ? { carrier: "websocket" as const } : {};
  const port = scheme.defaultPort ?? 0;
  const { plain, restore } = withoutTemplates(parts.path);
  const { pathname, search } = new URL(`http://localhost${plain}`);
  const path = restore(isRaw ? search : `${pathname}${search}`);
  return {
    host: "localhost",
    address: "127.0.0.1",
    family: 4,
    port,
    path,
    tls: scheme.tls,
    socketPath: parts.socketPath,
    ...carrier,
  };
}

/** Replaces each {{...}} in a URL with a word that parsers leave unchanged, and returns the way back. */
function withoutTemplates(url: string): { plain: string; restore: (text: string) => string } {
  const found: string[] = [];
  const plain = url.replace(/\{\{\{\{|\{\{.*?\}\}/g, (template) => `holdfast-value-${found.push(template) - 1}-`);
  return {
    plain,
    restore: (text) => text.replace(/holdfast-value-([0-9]+)-/g, (word, place: string) => found[Number(place)] ?? word),
  };
}

const credentialsOf = (protocol: ProtocolName): string =>
  protocol === "mqtt" ? "--user and --password" : "an authorization header";
