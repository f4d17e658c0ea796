/**
 * Limits the number of open TCP connections, so that the service's own files and its runs' processes never lack
 * descriptors. Beyond the limit the oldest connection without a pending request is closed, so that idle connections
 * cannot lock others out.
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { descriptorLimit } from "../../clients/measure/host/descriptor-limit.ts";

/** More connections than people, programs and scrapers would open. */
const mostConnections = 2000;
/** Share of the descriptors used for connections; the rest is for files, pipes to shards, Redis and targets. */
const shareOfDescriptors = 0.5;
/** How long a connection may take to send its request headers, milliseconds. */
const headersWithinMs = 15_000;

/** Number of connections allowed with this many descriptors; at least one. */
export const connectionsFor = (descriptors: number): number =>
  Math.max(1, Math.min(mostConnections, Math.floor(descriptors * shareOfDescriptors)));

/** Keeps a server's connections within `most`. */
export function limitConnections(server: Server, most: number = connectionsFor(descriptorLimit())): void {
  server.headersTimeout = headersWithinMs;
  /** Connections without a pending request, oldest first. */
  const idle = new Set<Socket>();
  let open = 0;
  server.on("connection", (socket: Socket) => {
    open++;
    idle.add(socket);
    socket.once("close", () => {
      open--;
      idle.delete(socket);
    });
    if (open <= most) return;
    const [oldest = socket] = idle;
    idle.delete(oldest);
    oldest.destroy();
  });
  server.on("request", ({ socket }: IncomingMessage, response: ServerResponse) => {
    idle.delete(socket);
    response.once("close", () => {
      if (!socket.destroyed) idle.add(socket);
    });
  });
}
