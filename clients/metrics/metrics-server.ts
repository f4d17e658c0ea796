/** The small HTTP server behind `--metrics HOST:PORT`: serves GET /metrics and nothing else. */
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { isLoopback } from "../measure/loopback.ts";
import { urlHost } from "../measure/url-host.ts";
import type { ExposedRun } from "./exposed-run.ts";
import { renderExposition } from "./exposition.ts";
import { expositionContentType } from "./exposition-page.ts";
import { CounterKeepers } from "./monotone-counters.ts";

export interface MetricsAddress {
  host: string;
  /** 0: chosen by the system. */
  port: number;
  /** Listen on an address that other machines can reach: without a token, anyone who can reach it may read. */
  allowRemote?: boolean;
}

export interface MetricsServer {
  /** Address of the page, e.g. http://127.0.0.1:9464/metrics. */
  url: string;
  /** Number of scrapes so far. */
  readonly scrapes: number;
  /** Closes at once, regardless of open connections. */
  close(): Promise<void>;
}

/**
 * Parses "HOST:PORT", ":PORT" or "PORT"; the default host is 127.0.0.1, and IPv6 hosts are in brackets. Throws a
 * sentence.
 */
export function parseMetricsAddress(text: string): { host: string; port: number } {
  const parts = /^(?:(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*)):)?([0-9]{1,5})$/.exec(text.trim());
  const port = Number(parts?.[3]);
  if (parts === null || port > 65_535) throw new Error(`expected HOST:PORT such as 127.0.0.1:9464, got "${text}"`);
  return { host: parts[1] ?? (parts[2] || "127.0.0.1"), port };
}

/**
 * Serves the page of the runs that `source` returns at each scrape. Rejects with a sentence when the address is not
 * allowed or already in use.
 */
export async function serveMetrics(
  { host, port, allowRemote = false }: MetricsAddress,
  source: () => readonly ExposedRun[],
): Promise<MetricsServer> {
  if (!allowRemote && !isLoopback(host)) {
    throw new Error(
      `${host} can be reached by other machines and the page has no token; use 127.0.0.1, or allow it explicitly`,
    );
  }
  const keepers = new CounterKeepers();
  let scrapes = 0;
  const server = createServer((request, response) => {
    if (request.method !== "GET" || request.url?.split("?")[0] !== "/metrics")
      return answer(response, 404, "text/plain", "only GET /metrics is served here\n");
    try {
      answer(response, 200, expositionContentType, renderExposition(source(), Date.now(), keepers));
      scrapes++;
    } catch (error) {
      answer(
        response,
        500,
        "text/plain",
        `the page could not be written: ${error instanceof Error ? error.message : String(error)}\n`,
      );
    }
  });
  await listen(server, host, port);
  const { address, port: actualPort } = server.address() as AddressInfo;
  const url = `http://${urlHost(address)}:${actualPort}/metrics`;
  return {
    url,
    get scrapes() {
      return scrapes;
    },
    close: () => closeServer(server),
  };
}

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body) }).end(body);
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(new Error(`cannot listen on ${host}:${port} (${error.code ?? error.message}); choose another port`)),
    );
    server.listen(port, host, resolve);
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
