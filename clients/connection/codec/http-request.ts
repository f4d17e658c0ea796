/** Encodes any HTTP/1.1 request (RFC 9112, section 3). */
import { fieldLines, type HeaderFields } from "../header-fields.ts";

export interface HttpRequestText {
  method: string;
  /** Path and query, as sent. */
  path: string;
  host: string;
  headers: HeaderFields;
  body: string | null;
}

/**
 * Encodes a request. Given headers replace the default ones of the same name, except for the content length, which
 * always is the body's. Without a body no length is sent (section 6.3), except for methods that usually have a body.
 */
export function encodeHttpRequest({ method, path, host, headers, body }: HttpRequestText): Buffer {
  const content = body === null ? null : Buffer.from(body);
  const length: Record<string, string> = saysLength(method, body)
    ? { "content-length": String(content?.length ?? 0) }
    : {};
  const head = Buffer.from(`${method} ${path} HTTP/1.1\r\n${fieldLines({ host, ...length }, headers)}\r\n`);
  return content === null ? head : Buffer.concat([head, content]);
}

/** Whether a request carries a content length. */
export const saysLength = (method: string, body: string | null): boolean =>
  body !== null || method === "POST" || method === "PUT" || method === "PATCH";
