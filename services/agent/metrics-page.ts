/**
 * An agent's own process metrics, for Prometheus. Handles, resources and requests are left out: reading them takes 10
 * ms at 20,000 sockets.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { hostname } from "node:os";
import { collectDefaultMetrics, Registry } from "prom-client";
import { isLoopback } from "../../clients/measure/loopback.ts";
import { urlHost } from "../../clients/measure/url-host.ts";

const dropped = ["nodejs_active_handles", "nodejs_active_resources", "nodejs_active_requests"];

/** Serves GET /metrics; resolves the port. Ends with the process. */
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

/** What listens on every address of the machine. */
const wildcards = ["0.0.0.0", "::"];

/**
 * Where others find the page, HOST:PORT. One that listens on every address is told by the address this machine has
 * towards Redis (`towardsRedis`): control and Prometheus are on that side, while its name is often known to nobody
 * else, as a pod's is. With Redis on this machine that address is loopback's and of no use to others: then it is the
 * name.
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
