import { Readable } from "node:stream";
import { type FastifyInstance, fastify } from "fastify";
import { bothClocksNs } from "./clock.ts";
import { healthOf } from "./health.ts";
import type { Metrics } from "./metrics.ts";
import { openEventStream } from "./push/event-stream.ts";
import type { PushHub } from "./push/push-hub.ts";
import { parsePushQuery, queryOfUrl } from "./push/push-query.ts";
import { upgradeHandler } from "./push/web-socket.ts";
import type { TlsFiles } from "./tls-files.ts";
import { parseTokenQuery } from "./token-query.ts";
import { tokenEvents } from "./token-stream.ts";
import type { Users } from "./users.ts";

/** Dependencies of the HTTP side. */
export type AppDeps = { hub: PushHub; metrics: Metrics; users: Users };

const json = "application/json";

/** The HTTP side, not listening yet. Requests are not logged, as that would be the hot path. */
export function buildApp({ hub, metrics, users }: AppDeps, tls: TlsFiles | null = null): FastifyInstance {
  // The instance's type includes its server's class; both offer what is used here.
  const app = fastify({ logger: false, forceCloseConnections: true, https: tls }) as unknown as FastifyInstance;
  const health = healthOf(users.hasRedis);
  app.get("/healthz", () => health);

  app.get("/clock", () => {
    const { monotonicNs, realtimeNs } = bothClocksNs();
    return { monotonicNs: String(monotonicNs), realtimeNs: String(realtimeNs) };
  });

  app.get("/metrics", async (_request, reply) => {
    reply.header("content-type", metrics.contentType);
    return metrics.text();
  });

  app.get<{ Params: { id: string } }>("/user/:id", async (request, reply) => {
    const answer = await users.read(request.params.id);
    reply.code(answer.status).header("content-type", json);
    return answer.status === 200 ? answer.value : JSON.stringify({ error: answer.error });
  });

  app.get("/events", (request, reply) => {
    const query = parsePushQuery(queryOfUrl(request.raw.url ?? ""));
    if ("error" in query) return reply.code(400).send(query);
    if (hub.closing) return reply.code(503).send({ error: "the server is shutting down" });
    reply.hijack();
    openEventStream(reply.raw, query, hub);
    return reply;
  });

  app.post("/stream", (request, reply) => {
    const query = parseTokenQuery(new URL(request.raw.url ?? "", "http://target").searchParams, request.body);
    if ("error" in query) return reply.code(400).send(query);
    reply.header("content-type", "text/event-stream").header("cache-control", "no-store");
    const gone = new AbortController();
    reply.raw.once("close", () => gone.abort());
    return reply.send(Readable.from(tokenEvents(query, gone.signal)));
  });

  app.get("/push", (request, reply) => {
    const query = parsePushQuery(queryOfUrl(request.raw.url ?? ""));
    if ("error" in query) return reply.code(400).send(query);
    return reply.code(426).send({ error: "/push: expected a WebSocket upgrade" });
  });

  app.server.on("upgrade", upgradeHandler(hub));
  return app;
}
