/**
 * Heads of HTTP/1.1 requests and responses (RFC 9112, sections 3 to 5), as far as upgrades and event streams need them.
 * Pure.
 */
import { urlHost } from "../../measure/url-host.ts";
import type { Endpoint } from "../engine.ts";
import { fieldLines, type HeaderFields } from "../header-fields.ts";

/** Longest accepted head, bytes: some services set dozens of long cookies. */
export const mostHeadBytes = 65536;

const emptyLine = Buffer.from("\n\r\n");
const bareEmptyLine = Buffer.from("\n\n");
const versionName = Buffer.from("HTTP/1.");
/** {@link findBody}: the end of the head has not arrived yet. */
export const unfinished = -1;
/** {@link findBody}: the head exceeds the limit. */
export const tooLong = -2;

/**
 * Where the body begins after the head at `start`; {@link unfinished} or {@link tooLong}. The result does not depend on
 * how the bytes were split. Lines may end with a bare LF (RFC 9112, section 2.2).
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
 * Where the final response begins: interim responses (RFC 9110, section 15.2) are skipped, except 101, which answers an
 * upgrade.
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
  // A line that starts with whitespace continues the previous value (obsolete folding, section 5.2).
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

/** Whether a comma-separated header contains this token, case-insensitively. */
export function hasToken(value: string | undefined, token: string): boolean {
  return value?.split(",").some((part) => part.trim().toLowerCase() === token) ?? false;
}

/**
 * The bytes of a GET request. Non-ASCII text is sent as UTF-8, none of whose bytes can end a line; control characters,
 * which could, are rejected by scenario validation.
 */
export function encodeRequest(path: string, host: string, defaults: HeaderFields, given: HeaderFields): Buffer {
  return Buffer.from(`GET ${path} HTTP/1.1\r\n${fieldLines({ host, ...defaults }, given)}\r\n`);
}

/** Value of the Host field: the port is omitted when it is the scheme's default (RFC 9110, section 7.2). */
export function hostHeader(endpoint: Endpoint): string {
  const host = urlHost(endpoint.host);
  return endpoint.port === (endpoint.tls ? 443 : 80) ? host : `${host}:${endpoint.port}`;
}
