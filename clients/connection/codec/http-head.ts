/** The heads of an HTTP/1.1 request and answer (RFC 9112, sections 3 to 5), as far as an upgrade or an event stream needs them. Pure. */
import type { Endpoint } from "../engine.ts";

/** Longest head we accept, bytes: what common servers send at most, with room. */
export const mostHeadBytes = 16384;

const headEnd = Buffer.from("\r\n\r\n");
/** {@link findBody}: the head's end has not come yet. */
export const unfinished = -1;
/** {@link findBody}: the head is longer than we accept. */
export const tooLong = -2;

/** Where the body begins after the head that begins at `start`; {@link unfinished} or {@link tooLong}, however the bytes were cut. */
export function findBody(bytes: Buffer, start: number, end: number): number {
  const blank = bytes.subarray(start, Math.min(end, start + mostHeadBytes)).indexOf(headEnd);
  if (blank >= 0) return start + blank + headEnd.length;
  return end - start < mostHeadBytes ? unfinished : tooLong;
}

export interface ResponseHead {
  status: number;
  /** Field names in lower case; repeated fields joined with ", ". */
  headers: Map<string, string>;
}

/** Parses a head that ends with an empty line. Returns null when it is not HTTP. */
export function parseResponseHead(text: string): ResponseHead | null {
  const lines = text.split("\r\n");
  const start = /^HTTP\/1\.[01] ([1-9]\d\d)(?: |$)/.exec(lines[0] ?? "");
  if (start === null) return null;
  const headers = new Map<string, string>();
  for (const line of lines.slice(1)) {
    if (line === "") continue;
    const colon = line.indexOf(":");
    if (colon < 1) return null;
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return { status: Number(start[1]), headers };
}

/** Whether a comma-separated header has this token, in any case. */
export function hasToken(value: string | undefined, token: string): boolean {
  return value?.split(",").some((part) => part.trim().toLowerCase() === token) ?? false;
}

/** The bytes of a GET request; header values that could break the framing were refused by the scenario's validation. */
export function encodeRequest(path: string, host: string, headers: Record<string, string>): Buffer {
  const fields = { host, ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])) };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`, "latin1");
}

/** The Host field: the port is left out where it is the scheme's default (RFC 9110, section 7.2). */
export function hostHeader(endpoint: Endpoint): string {
  const host = endpoint.host.includes(":") ? `[${endpoint.host}]` : endpoint.host;
  return endpoint.port === (endpoint.tls ? 443 : 80) ? host : `${host}:${endpoint.port}`;
}
