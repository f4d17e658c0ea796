/** A response as a reader of a feed: server-sent events, ended by us or by the reader. */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { TickWriter } from "./live-feed.ts";

/** Proxies end a connection that says nothing for a minute. */
const heartbeatMs = 15_000;

/** Heartbeats a reader may take nothing for while something waits for it. */
const mostIdleBeats = 4;

/** Opens the stream. `leave` is called once, when either side has ended it. */
export function openStream(request: FastifyRequest, reply: FastifyReply, leave: () => void): TickWriter {
  const { raw } = reply;
  // Set by hand: a hijacked reply does not send what plugins put on it.
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value);
  reply.hijack();
  raw.writeHead(200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
  });
  raw.write("retry: 2000\n\n");
  let [idle, writtenBytes] = [0, 0];
  const heartbeat = setInterval(() => {
    const { bytesWritten = 0 } = raw.socket ?? {};
    idle = raw.writableNeedDrain && bytesWritten === writtenBytes ? idle + 1 : 0;
    writtenBytes = bytesWritten;
    // A reader that takes nothing for so long has gone, or never meant to read.
    if (idle >= mostIdleBeats) raw.destroy();
    else if (!raw.writableNeedDrain && !raw.writableEnded) raw.write(": still here\n\n");
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
