/** A response as a reader of a feed: server-sent events, ended by us or by the reader. */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { TickWriter } from "./live-feed.ts";

/** Proxies end a connection that says nothing for a minute. */
const heartbeatMs = 15_000;

/** Opens the stream. `leave` is called once, when either side has ended it. */
export function openStream(request: FastifyRequest, reply: FastifyReply, leave: () => void): TickWriter {
  const { raw } = reply;
  // Set by hand: a hijacked reply does not send what plugins put on it.
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value);
  reply.hijack();
  raw.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store", "x-accel-buffering": "no" });
  raw.write("retry: 2000\n\n");
  const heartbeat = setInterval(() => {
    if (!raw.writableNeedDrain) raw.write(": still here\n\n");
  }, heartbeatMs);
  raw.on("error", () => raw.destroy());
  raw.on("close", () => {
    clearInterval(heartbeat);
    leave();
  });
  request.raw.on("error", () => {});
  return {
    write: (text) => raw.write(text),
    whenDrained: (callback) => raw.once("drain", callback),
    end: () => raw.end(),
  };
}
