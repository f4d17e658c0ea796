/** A response as a reader of a feed: server-sent events, ended by either side. */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { TickWriter } from "./live-feed.ts";

/** Heartbeat interval, milliseconds: proxies close connections that are silent for a minute. */
const heartbeatMs = 15_000;

/** Heartbeats without progress after which a reader with waiting data is dropped. */
const mostIdleBeats = 4;

/** Opens the stream. `leave` is called once, when either side has ended it. */
export function openStream(request: FastifyRequest, reply: FastifyReply, leave: () => void): TickWriter {
  const { raw } = reply;
  // Set manually, because a hijacked reply does not send headers added by plugins.
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
    // A reader that has accepted nothing for so long is gone or does not read.
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
