/**
 * For tests: a server whose limits are known. It opens, publishes and streams as long as the limit lets it, and keeps
 * its own count of both.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";

/** What it takes and what it turns away. */
export interface Limiter {
  taken: number;
  refused: number;
  /** Whether one more is taken. */
  take(): boolean;
  /** One that was taken is over. */
  give(): void;
}

/** So many at once. */
export function atOnce(most: number): Limiter {
  let held = 0;
  return {
    taken: 0,
    refused: 0,
    take() {
      if (held >= most) return ++this.refused < 0;
      held++;
      return ++this.taken > 0;
    },
    give: () => void held--,
  };
}

/** So many a second; those of half a second may come together, as they do after a pause of the host. */
export function perSecond(rate: number): Limiter {
  let tokens = rate / 2;
  let atMs = performance.now();
  return {
    taken: 0,
    refused: 0,
    take() {
      const nowMs = performance.now();
      tokens = Math.min(rate / 2, tokens + ((nowMs - atMs) * rate) / 1000);
      atMs = nowMs;
      if (tokens < 1) return ++this.refused < 0;
      tokens--;
      return ++this.taken > 0;
    },
    give: () => {},
  };
}

/** No limit. */
const unlimited = (): Limiter => atOnce(Number.POSITIVE_INFINITY);

interface Limits {
  /** WebSocket connections opened; others are answered 503. */
  opens: Limiter;
  /** Messages sent back to who sent them; others are dropped. */
  messages: Limiter;
  /** Streams begun; others are answered 503. */
  streams: Limiter;
}

const intervalMs = 15;

export interface LimitingServer {
  /** `ws` or `http`. */
  url(scheme: string): string;
  stop(): void;
}

/** Listens on 127.0.0.1; what is not limited is taken. A stream has so many events. */
export async function limitingServer(limits: Partial<Limits>, events = 4): Promise<LimitingServer> {
  const { opens = unlimited(), messages = unlimited(), streams = unlimited() } = limits;
  const sockets = new WebSocketServer({ noServer: true });
  const server: Server = createServer((request, response) => stream(request, response, streams, events));
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => {});
    if (!opens.take()) return void socket.end("HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    sockets.handleUpgrade(request, socket, head, (open: WebSocket) => {
      open.on("close", () => opens.give());
      open.on("message", (data) => {
        if (messages.take()) open.send(String(data));
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: (scheme) => `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    stop: () => {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      server.close();
    },
  };
}

function stream(request: IncomingMessage, response: ServerResponse, limiter: Limiter, events: number): void {
  request.resume();
  if (!limiter.take()) return void response.writeHead(503).end();
  response.writeHead(200, { "content-type": "text/event-stream" });
  let sent = 0;
  let isOver = false;
  const end = (): void => {
    clearInterval(timer);
    // Given back before the client can know that its stream is over.
    if (!isOver) limiter.give();
    isOver = true;
  };
  const timer = setInterval(() => {
    if (sent < events) return void response.write(`data: t${sent++}\n\n`);
    end();
    response.end("data: [DONE]\n\n");
  }, intervalMs);
  response.on("close", end);
}
