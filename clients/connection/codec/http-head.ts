/**
 * The heads of an HTTP/1.1 request and answer (RFC 9112, sections 3 to 5), as far as an upgrade or an event stream
 * needs them. Pure.
 */
import { urlHost } from "../../measure/url-host.ts";
import type { Endpoint } from "../engine.ts";
import { fieldLines, type HeaderFields } from "../header-fields.ts";

/** Longest head we accept, bytes: some services set dozens of long cookies. */
export const mostHeadBytes = 65536;

const emptyLine = Buffer.from("\n\r\n");
const bareEmptyLine = Buffer.from("\n\n");
const versionName = Buffer.from("HTTP/1.");
/** {@link findBody}: the head's end has not come yet. */
export const unfinished = -1;
/** {@link findBody}: the head is longer than we accept. */
export const tooLong = -2;

/**
 * Where the body begins after the head that begins at `start`; {@link unfinished} or {@link tooLong}, however the bytes
 * were cut. Lines may end with a bare LF (RFC 9112, section 2.2).
 */
export function findBody(bytes: Buffer, start: number, end: number): number {
  const head = bytes.subarray(start, Math.min(end, start + mostHeadBytes));
  const blank = head.indexOf(emptyLine);
  const bare = (blank < 0 ? head : head.subarray(0, blank + 1)).indexOf(bareEmptyLine);
  if (bare >= 0) return start + bare + bareEmptyLine.length;
  if (blank >= 0) return start + blank + emptyLine.length;
  return end - start < mostHeadBytes ? unfinished : tooLong;
}

/**
 * Where the final answer begins: interim answers (RFC 9110, section 15.2) are passed over, but 101, which is the answer
 * to an upgrade.
 */
export function skipInterim(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (isInterim(bytes, at, end)) {
    const body = findBody(bytes, at, end);
    if (body < 0) return at;
    at = body;
  }
  return at;
}

/** "HTTP/1.1 103", not 101. */
function isInterim(bytes: Buffer, at: number, end: number): boolean {
  if (end - at < 12 || bytes[at + 8] !== 32 || bytes[at + 9] !== 49) return false;
  for (let i = 0; i < versionName.length; i++) if (bytes[at + i] !== versionName[i]) return false;
  return bytes[at + 10] !== 48 || bytes[at + 11] !== 49;
}

export interface ResponseHead {
  status: number;
  /** Field names in lower case; repeated fields joined with ", ". */
  headers: Map<string, string>;
}

/** Parses a head that ends with an empty line. Returns null when it is not HTTP. */
export function parseResponseHead(text: string): ResponseHead | null {
  // A line that begins with a blank goes on with the value before it (obsolete folding, section 5.2).
  const lines = text.replace(/\r?\n[ \t]+/g, " ").split(/\r?\n/);
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

/**
 * The bytes of a GET request. Text beyond ASCII goes out as UTF-8, none of whose bytes can end a line; control
 * characters, which could, were refused by the scenario's check.
 */
export function encodeRequest(path: string, host: string, ours: HeaderFields, given: HeaderFields): Buffer {
  return Buffer.from(`GET ${path} HTTP/1.1\r\n${fieldLines({ host, ...ours }, given)}\r\n`);
}

/** The Host field: the port is left out where it is the scheme's default (RFC 9110, section 7.2). */
export function hostHeader(endpoint: Endpoint): string {
  const host = urlHost(endpoint.host);
  return endpoint.port === (endpoint.tls ? 443 : 80) ? host : `${host}:${endpoint.port}`;
}
