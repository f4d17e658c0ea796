/** `--metrics HOST:PORT`: the Prometheus page of the runs of this command. */
import { setTimeout as wait } from "node:timers/promises";
import { ExposedRuns } from "../metrics/exposed-runs.ts";
import { type MetricsServer, parseMetricsAddress, serveMetrics } from "../metrics/metrics-server.ts";
import type { RunObserver } from "../run/coordinate/observer.ts";
import { UsageError } from "./failure.ts";

/** How long the page outlives the last run for those who scraped it: the verdict is known only then. */
const lingerMs = 3000;
/** The last figures are enough in two scrapes. */
const lastScrapes = 2;

export interface OpenMetrics {
  url: string;
  observer(): RunObserver;
  /**
   * Ends the page: at once when nobody scraped it or nothing ran, else when the last figures were scraped twice, after
   * 3 s at most.
   */
  close(): Promise<void>;
}

/** Opens the page. Throws a UsageError when the address is wrong, refused or taken. */
export async function openMetrics(address: string): Promise<OpenMetrics> {
  const runs = new ExposedRuns();
  try {
    const server = await serveMetrics(parseMetricsAddress(address), () => runs.list());
    const close = async (): Promise<void> => {
      if (server.scrapes > 0 && runs.list().length > 0) await linger(server);
      await server.close();
    };
    return { url: server.url, observer: () => runs.observer(), close };
  } catch (error) {
    throw new UsageError(`--metrics: ${(error as Error).message}`);
  }
}

async function linger(server: MetricsServer): Promise<void> {
  const enough = server.scrapes + lastScrapes;
  for (let waitedMs = 0; waitedMs < lingerMs && server.scrapes < enough; waitedMs += 50) await wait(50);
}
