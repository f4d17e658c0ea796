import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type ServerOptions, type WebSocket, WebSocketServer } from "ws";
import { monotonicNs } from "../clock.ts";
import { type CloseCode, closeGraceMs, endOnClose, ignoreError, PushConnection } from "./push-connection.ts";
import type { PushHub } from "./push-hub.ts";
import { parsePushQuery, queryOfUrl } from "./push-query.ts";

const binary = { binary: true };
const reasons: Record<CloseCode, string> = { 1001: "going away", 1013: "push queue full" };

class WebSocketConnection extends PushConnection {
  readonly protocol = "websocket";
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    super();
    this.#socket = socket;
  }

  unsentBytes(): number {
    return this.#socket.bufferedAmount;
  }

  frameBytes(messageBytes: number): number {
    return messageBytes + (messageBytes < 126 ? 2 : messageBytes < 65_536 ? 4 : 10);
  }

  send(message: Buffer): void {
    this.#socket.send(message, binary);
  }

  close(code: CloseCode): void {
    this.#socket.close(code, reasons[code]);
  }

  destroy(): void {
    this.#socket.terminate();
  }
}

/** Handles upgrade requests of an HTTP server: `GET /push` becomes a push connection, everything else is refused. */
export function upgradeHandler(hub: PushHub): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  // The type lacks closeTimeout.
  const options: ServerOptions & { closeTimeout: number } = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: 64 * 1024,
    closeTimeout: closeGraceMs,
  };
  const server = new WebSocketServer(options);
  return (request, socket, head) => {
    const url = request.url ?? "";
    if (!/^\/push(\?|$)/.test(url)) return refuse(socket, "404 Not Found", "expected /push");
    const query = parsePushQuery(queryOfUrl(url));
    if ("error" in query) return refuse(socket, "400 Bad Request", query.error);
    if (hub.closing) return refuse(socket, "503 Service Unavailable", "the server is shutting down");
    const sinceNs = monotonicNs();
    server.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on("error", ignoreError);
      const connection = new WebSocketConnection(webSocket);
      endOnClose(webSocket, connection, hub.remove);
      hub.add(connection, query, sinceNs);
    });
  };
}

function refuse(socket: Duplex, status: string, error: string): void {
  const body = JSON.stringify({ error });
  socket.on("error", ignoreError);
  socket.once("finish", () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
