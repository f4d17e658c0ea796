/**
 * A small third-party service for conversation tests: requires a token, sends heartbeats, answers, and records what it
 * received.
 */
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";

export interface TalkingService {
  url: string;
  /** Every message received, in order. */
  heard: string[];
  stop(): void;
}

/** Calls `talk` with each message and the socket to answer on. */
export async function talkingService(
  talk: (socket: WebSocket, text: string, url: string) => void,
  greet: (socket: WebSocket) => void = () => {},
): Promise<TalkingService> {
  const server = new WebSocketServer({
    port: 0,
    host: "127.0.0.1",
    handleProtocols: (offered) => [...offered][0] ?? false,
  });
  await new Promise((resolve) => server.once("listening", resolve));
  const heard: string[] = [];
  server.on("connection", (socket, request) => {
    greet(socket);
    socket.on("message", (data) => {
      heard.push(String(data));
      talk(socket, String(data), request.url ?? "");
    });
  });
  const stop = (): void => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  };
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/chat`, heard, stop };
}
