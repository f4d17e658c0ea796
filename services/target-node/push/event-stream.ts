import type { ServerResponse } from "node:http";
import { monotonicNs } from "../clock.ts";
import { type CloseCode, endOnClose, ignoreError, PushConnection } from "./push-connection.ts";
import type { PushHub } from "./push-hub.ts";
import type { PushQuery } from "./push-query.ts";

const fieldBytes = "data: \n\n".length;
/** A chunk's size in hexadecimal (at most 6 digits here) and its two line endings. */
const chunkBytes = 10;

class EventConnection extends PushConnection {
  readonly protocol = "sse";
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    super();
    this.#response = response;
  }

  unsentBytes(): number {
    return this.#response.writableLength;
  }

  frameBytes(messageBytes: number): number {
    return Math.ceil((messageBytes * 4) / 3) + fieldBytes + chunkBytes;
  }

  send(message: Buffer): void {
    this.#response.write(`data: ${message.toString("base64url")}\n\n`, "latin1");
    // A response corks its socket until the next event loop tick; with thousands of connections in one fan-out the
    // first push would be written after the last was stamped.
    this.#response.socket?.uncork();
  }

  close(code: CloseCode): void {
    if (code === 1013) this.destroy();
    else this.#response.end();
  }

  destroy(): void {
    this.#response.destroy();
  }
}

/** Turns a response into a push connection. */
export function openEventStream(response: ServerResponse, query: PushQuery, hub: PushHub): void {
  const sinceNs = monotonicNs();
  response.on("error", ignoreError);
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store", connection: "close" });
  response.flushHeaders();
  const connection = new EventConnection(response);
  endOnClose(response, connection, hub.remove);
  hub.add(connection, query, sinceNs);
}
