/**
 * For tests: a server with known limits that opens, publishes and streams within them, and counts what it accepted and
 * rejected.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";

/** Counts what is accepted and what is rejected. */
export interface Limiter {
  taken: number;
  refused: number;
  /** Whether one more is accepted. */
  take(): boolean;
  /** An accepted one has ended. */
  give(): void;
}

/** At most this many concurrently. */
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

/** At most this many per second; half a second's worth may arrive at once, as after a pause of the host. */
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
  /** WebSocket connections opened; others are answered with 503. */
  opens: Limiter;
  /** Messages echoed to their sender; others are dropped. */
  messages: Limiter;
  /** Streams started; others are answered with 503. */
  streams: Limiter;
}

const intervalMs = 15;

export interface LimitingServer {
  /** `ws` or `http`. */
  url(scheme: string): string;
  stop(): void;
}

/** Listens on 127.0.0.1; everything not limited is accepted. `events`: number per stream. */
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
    // Released before the client can know that its stream has ended.
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
