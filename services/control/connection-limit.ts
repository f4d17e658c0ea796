/**
 * How many TCP connections the service has open: never so many that its own files, or the processes of its runs, find
 * no descriptor. Beyond that the oldest one that has no request under way makes room, so that who only holds
 * connections open keeps nobody out.
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { descriptorLimit } from "../../clients/measure/host/descriptor-limit.ts";

/** More connections than this are no people, programs and scrapers. */
const mostConnections = 2000;
/** Descriptors left for files, pipes to shards, Redis and targets. */
const shareOfDescriptors = 0.5;
/** How long a connection may take to say what it wants. */
const headersWithinMs = 15_000;

/** Connections a service may have with so many descriptors; one at least. */
export const connectionsFor = (descriptors: number): number =>
  Math.max(1, Math.min(mostConnections, Math.floor(descriptors * shareOfDescriptors)));

/** Keeps a server's connections within `most`. */
export function limitConnections(server: Server, most: number = connectionsFor(descriptorLimit())): void {
  server.headersTimeout = headersWithinMs;
  /** Without a request under way, oldest first. */
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
