/** The bytes of any HTTP/1.1 request (RFC 9112, section 3). */

export interface HttpRequestText {
  method: string;
  /** Path and query, as they are sent. */
  path: string;
  host: string;
  headers: Record<string, string>;
  body: string | null;
}

/**
 * Encodes a request. Own headers replace ours of the same name. A body gets its length; its absence needs none (section 6.3), except
 * for methods that usually have one.
 */
export function encodeHttpRequest({ method, path, host, headers, body }: HttpRequestText): Buffer {
  const content = body === null ? null : Buffer.from(body);
  const expectsBody = method === "POST" || method === "PUT" || method === "PATCH";
  const length: Record<string, string> = content !== null || expectsBody ? { "content-length": String(content?.length ?? 0) } : {};
  const own = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const fields = { host, ...length, ...own };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`, "latin1");
  return content === null ? head : Buffer.concat([head, content]);
}
