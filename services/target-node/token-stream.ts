import { setTimeout } from "node:timers/promises";
import { monotonicNs } from "./clock.ts";
import type { TokenQuery } from "./token-query.ts";

/**
 * The events of one response. Each is due relative to its start, so that a late one does not delay later ones. Ends
 * without its end mark when `gone` is aborted because the client left.
 */
export async function* tokenEvents(
  { events, intervalMs, jitterMs, bytes }: TokenQuery,
  gone: AbortSignal,
): AsyncGenerator<string> {
  const text = "x".repeat(bytes);
  const startNs = monotonicNs();
  for (let index = 0; index < events; index++) {
    const dueMs = index * intervalMs + Math.random() * jitterMs;
    const waitMs = dueMs - (monotonicNs() - startNs) / 1e6;
    if (waitMs > 0) await setTimeout(waitMs, undefined, { signal: gone }).catch(() => {});
    if (gone.aborted) return;
    yield `data: ${JSON.stringify({ index, text })}\n\n`;
  }
  yield "data: [DONE]\n\n";
}
