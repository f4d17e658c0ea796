/** A parsed request. */
export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  readonly keepsAlive: boolean;
}

/** A request and where it ends; a status to refuse with; or null when more bytes are needed. */
export type Parsed =
  | { readonly request: HttpRequest; readonly end: number }
  | { readonly status: 400 | 431 | 501 }
  | null;

const longestHeadBytes = 16_384;
const headEnd = Buffer.from("\r\n\r\n");

/** Parses one HTTP/1.1 request at the start of `bytes` (RFC 9112). Bodies need a length; chunked ones are refused. */
export function parseRequest(bytes: Buffer): Parsed {
  const at = bytes.indexOf(headEnd);
  if (at < 0) return bytes.length > longestHeadBytes ? { status: 431 } : null;
  if (at > longestHeadBytes) return { status: 431 };
  const lines = bytes.toString("latin1", 0, at).split("\r\n");
  const [method = "", target = "", version = ""] = (lines[0] ?? "").split(" ");
  if (!/^[A-Z]+$/.test(method) || !target.startsWith("/") || !/^HTTP\/1\.[01]$/.test(version)) return { status: 400 };
  const headers = new Map<string, string>();
  for (let each = 1; each < lines.length; each++) {
    const line = lines[each]!;
    const colon = line.indexOf(":");
    if (colon <= 0) return { status: 400 };
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  if (headers.has("transfer-encoding")) return { status: 501 };
  const lengthText = headers.get("content-length") ?? "0";
  if (!/^\d{1,7}$/.test(lengthText)) return { status: 400 };
  const end = at + headEnd.length + Number(lengthText);
  if (bytes.length < end) return null;
  const mark = target.indexOf("?");
  const connection = (headers.get("connection") ?? "").toLowerCase();
  const keepsAlive = version === "HTTP/1.1" ? connection !== "close" : connection === "keep-alive";
  const [path, query] = mark < 0 ? [target, ""] : [target.slice(0, mark), target.slice(mark + 1)];
  const body = bytes.subarray(at + headEnd.length, end);
  return { request: { method, path, query, headers, body, keepsAlive }, end };
}
