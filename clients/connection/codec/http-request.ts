/** The bytes of any HTTP/1.1 request (RFC 9112, section 3). */
import { fieldLines, type HeaderFields } from "../header-fields.ts";

export interface HttpRequestText {
  method: string;
  /** Path and query, as they are sent. */
  path: string;
  host: string;
  headers: HeaderFields;
  body: string | null;
}

/**
 * Encodes a request. Given headers replace ours of the same name, but for the length, which is the body's own. A body
 * gets its length; its absence needs none (section 6.3), except for methods that usually have one.
 */
export function encodeHttpRequest({ method, path, host, headers, body }: HttpRequestText): Buffer {
  const content = body === null ? null : Buffer.from(body);
  const expectsBody = method === "POST" || method === "PUT" || method === "PATCH";
  const length: Record<string, string> =
    content !== null || expectsBody ? { "content-length": String(content?.length ?? 0) } : {};
  const head = Buffer.from(`${method} ${path} HTTP/1.1\r\n${fieldLines({ host, ...length }, headers)}\r\n`);
  return content === null ? head : Buffer.concat([head, content]);
}
