/** `--metrics HOST:PORT`: the Prometheus page of the runs of this command. */
import { parseMetricsAddress, serveMetrics } from "../report/metrics-server.ts";
import { ExposedRuns } from "../run/exposed-runs.ts";
import type { RunObserver } from "../run/observer.ts";
import { UsageError } from "./failure.ts";

/** Opens the page. Throws a UsageError when the address is wrong, refused or taken. */
export async function openMetrics(address: string): Promise<{ url: string; observer(): RunObserver; close(): Promise<void> }> {
  const runs = new ExposedRuns();
  try {
    const { url, close } = await serveMetrics(parseMetricsAddress(address), () => runs.list());
    return { url, observer: () => runs.observer(), close };
  } catch (error) {
    throw new UsageError(`--metrics: ${(error as Error).message}`);
  }
}
