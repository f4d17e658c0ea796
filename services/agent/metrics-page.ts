/**
 * An agent's own process metrics, for Prometheus. Handles, resources and requests are omitted: reading them takes 10 ms
 * at 20,000 sockets.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { hostname } from "node:os";
import { collectDefaultMetrics, Registry } from "prom-client";
import { isLoopback } from "../../clients/measure/loopback.ts";
import { urlHost } from "../../clients/measure/url-host.ts";

const dropped = ["nodejs_active_handles", "nodejs_active_resources", "nodejs_active_requests"];

/** Serves GET /metrics until the process ends; resolves to the port. */
export function serveProcessMetrics(host: string, port: number): Promise<number> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of dropped) for (const each of [name, `${name}_total`]) registry.removeSingleMetric(each);
  const server = createServer(async (request, response) => {
    const isFound = request.method === "GET" && request.url === "/metrics";
    response.writeHead(isFound ? 200 : 404, { "content-type": isFound ? registry.contentType : "text/plain" });
    response.end(isFound ? await registry.metrics() : "only GET /metrics is served here\n");
  });
  server.unref();
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

/** Addresses that listen on all interfaces. */
const wildcards = ["0.0.0.0", "::"];

/**
 * Address of the page for others, HOST:PORT. A page that listens on all interfaces is announced with this machine's
 * address on the way to Redis (`towardsRedis`): control and Prometheus are on that side, and the machine's name often
 * cannot be resolved elsewhere, as with a pod. When Redis is on this machine that address is loopback, so the name is
 * used.
 */
export function pageAddress(
  { host, port }: { host: string; port: number },
  towardsRedis: string | undefined,
  name = hostname(),
): string {
  const isEverywhere = wildcards.includes(host);
  const own = towardsRedis?.replace(/^::ffff:/, "");
  const told = isEverywhere ? (own === undefined || isLoopback(own) ? name : own) : host;
  return `${urlHost(told)}:${port}`;
}
