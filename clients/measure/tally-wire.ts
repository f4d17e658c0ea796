/**
 * A tally as sent between processes: plain JSON with the histograms that have changed and the non-zero counts. See
 * {@link Tally}.
 */
import type { Cause } from "./cause.ts";
import { ConversationTally, type WireConversation } from "./conversation-tally.ts";
import { histogramFromWire, histogramToWire } from "./histogram/histogram-wire.ts";
import { type Latency, latencyList } from "./latency.ts";
import { partsFromWire, partsToWire, type WirePart } from "./part-tally.ts";
import { RequestTally, type WireRequestStep } from "./request-tally.ts";
import { type AwayPhase, type Counter, counterNames, Tally } from "./tally.ts";

/**
 * A tally as sent between processes or machines. Histograms are "maxUs:sumUs:base64 of HdrHistogram V2"; unchanged ones
 * are omitted.
 */
export interface WireTally {
  counts: Partial<Record<Counter, number>>;
  causes: Partial<Record<Cause, number>>;
  codes: Record<string, number>;
  parts?: Record<string, number>;
  awayMs?: Partial<Record<AwayPhase, number>>;
  unreadable?: string;
  unnumbered?: string;
  agreed?: Record<string, number>;
  histograms: Partial<Record<Latency, string>>;
  requests?: WireRequestStep[];
  stages?: WirePart[];
  addresses?: WirePart[];
  conversation?: WireConversation;
}

/**
 * `sent` holds each histogram's count when last sent, so that unchanged ones can be omitted; pass a new Map to send
 * all.
 */
export function toWire(tally: Tally, sent: Map<Latency, number> = new Map()): WireTally {
  const isWhole = sent.size === 0;
  const histograms: WireTally["histograms"] = {};
  for (const name of latencyList) {
    const histogram = tally.histograms[name];
    if (histogram === undefined || sent.get(name) === histogram.count) continue;
    sent.set(name, histogram.count);
    histograms[name] = histogramToWire(histogram);
  }
  const counts = Object.fromEntries(Object.entries(tally.counts).filter(([, n]) => n !== 0));
  const requests = tally.requests === null ? {} : { requests: tally.requests.toWire() };
  const stages = tally.stages === null ? {} : { stages: partsToWire(tally.stages) };
  const addresses = tally.addresses === null ? {} : { addresses: partsToWire(tally.addresses) };
  const conversation = tally.conversation === null ? {} : { conversation: tally.conversation.toWire(isWhole) };
  const { causes, codes, parts, agreed, awayMs, unreadable, unnumbered } = tally;
  const seen = { ...(unreadable === "" ? {} : { unreadable }), ...(unnumbered === "" ? {} : { unnumbered }) };
  return {
    counts,
    causes: { ...causes },
    codes: { ...codes },
    parts: { ...parts },
    agreed: { ...agreed },
    awayMs: { ...awayMs },
    ...seen,
    histograms,
    ...requests,
    ...stages,
    ...addresses,
    ...conversation,
  };
}

/** Rebuilds a tally; omitted histograms are taken from `before`, the previous tally of the same shard. */
export function fromWire(wire: WireTally, before?: Tally): Tally {
  const tally = new Tally();
  for (const name of counterNames) tally.counts[name] = wire.counts[name] ?? 0;
  Object.assign(tally.causes, wire.causes);
  Object.assign(tally.codes, wire.codes);
  Object.assign(tally.parts, wire.parts);
  Object.assign(tally.awayMs, wire.awayMs);
  tally.unreadable = wire.unreadable ?? "";
  tally.unnumbered = wire.unnumbered ?? "";
  Object.assign(tally.agreed, wire.agreed);
  for (const name of latencyList) {
    const encoded = wire.histograms[name];
    const histogram = encoded === undefined ? before?.histograms[name] : histogramFromWire(encoded);
    if (histogram !== undefined) tally.histograms[name] = histogram;
  }
  if (wire.conversation !== undefined)
    tally.conversation = ConversationTally.fromWire(wire.conversation, before?.conversation);
  if (wire.addresses !== undefined) tally.addresses = partsFromWire(wire.addresses);
  if (wire.stages !== undefined) tally.stages = partsFromWire(wire.stages);
  if (wire.requests !== undefined) tally.requests = RequestTally.fromWire(wire.requests);
  return tally;
}
