import { createHash } from "node:crypto";
import type { Protocol } from "../push/framing.ts";

/** The fixed string of RFC 6455, section 1.3. */
const acceptSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** The sec-websocket-accept value for a client's key. */
export function acceptFor(key: string): string {
  return createHash("sha1")
    .update(key + acceptSuffix)
    .digest("base64");
}

function answer(status: string, headers: readonly string[]): Buffer {
  return Buffer.from(`HTTP/1.1 ${[status, ...headers].join("\r\n")}\r\n\r\n`, "latin1");
}

/** The bytes the server writes to open a connection. `accept` is only used for WebSocket. */
export function openingBytes(protocol: Protocol, accept: string): Buffer {
  switch (protocol) {
    case "websocket":
      return answer("101 Switching Protocols", [
        "upgrade: websocket",
        "connection: Upgrade",
        `sec-websocket-accept: ${accept}`,
      ]);
    case "sse":
      return answer("200 OK", [
        "content-type: text/event-stream",
        "cache-control: no-store",
        "transfer-encoding: chunked",
      ]);
    case "tcp":
      return Buffer.alloc(4);
    case "mqtt":
    case "mqtt-3.1.1":
      throw new Error("expected the SUBACK with the request");
  }
}
