/** Counts by address of the target. */
import type { Endpoint } from "../../connection/engine.ts";
import { noPart } from "../../measure/part-tally.ts";
import type { Tally } from "../../measure/tally.ts";
import { formatMilliseconds } from "../../report/model/format.ts";
import { quantilesOf } from "../../report/model/quantiles.ts";
import type { Reason } from "../../report/model/report.ts";
import type { AddressReport } from "../../report/model/schema/address-block.ts";

/** An address that opened less than this share of what the best one did is mentioned. */
const evenShare = 0.9;
/**
 * An address is slow if its median push latency is this many times that of the fastest, and higher by at least this
 * many milliseconds.
 */
const slowFactor = 2;
const slowByMs = 5;
/** A median of fewer pushes means little. */
const leastPushes = 20;

/** By address, in dialling order; empty when there is only one. */
export function addressReports(
  endpoints: readonly Endpoint[],
  { agreed, addresses }: Pick<Tally, "agreed" | "addresses">,
  isStamped: boolean,
): AddressReport[] {
  if (new Set(endpoints.map(({ address }) => address)).size < 2) return [];
  return endpoints.map(({ address, port }, index) => {
    const of = (what: string): number => agreed[`address-${what}:${index}`] ?? 0;
    const opened = of("opened");
    const meanMs = opened === 0 ? null : Math.round(of("connect-us") / opened) / 1000;
    const { counts, push } = addresses?.[index] ?? noPart();
    const { received, late, lost } = counts;
    return {
      address,
      port,
      opened,
      refused: of("refused"),
      closedUnexpectedly: of("lost"),
      connectMeanMs: meanMs,
      pushes: isStamped ? { received, late, lost } : null,
      pushLatencyMs: quantilesOf(push),
    };
  });
}

/** Notes on addresses that did not carry their share: none or fewer opened than at the others, or slower pushes. */
export const addressRemarks = (addresses: readonly AddressReport[]): Reason[] => [
  ...unevenRemarks(addresses),
  ...slowRemarks(addresses),
];

/** Compares medians with that of the fastest address; smaller differences are explained by chance or routing. */
function slowRemarks(addresses: readonly AddressReport[]): Reason[] {
  const told = addresses.flatMap(({ address, pushLatencyMs }) =>
    pushLatencyMs == null || pushLatencyMs.count < leastPushes ? [] : [{ address, ms: pushLatencyMs.p50 }],
  );
  const least = Math.min(...told.map(({ ms }) => ms));
  return told
    .filter(({ ms }) => ms >= least * slowFactor && ms >= least + slowByMs)
    .map(({ address, ms }) => ({
      code: "slow-address",
      text: `half of the pushes from ${address} took ${formatMilliseconds(ms)} ms or more; at the fastest of the ${addresses.length} addresses half took ${formatMilliseconds(least)} ms`,
    }));
}

function unevenRemarks(addresses: readonly AddressReport[]): Reason[] {
  const most = Math.max(0, ...addresses.map(({ opened }) => opened));
  return addresses.flatMap(({ address, opened, refused }): Reason[] => {
    if (opened + refused === 0 || opened >= most * evenShare) return [];
    const text = `${address} opened ${opened} connections and refused ${refused}; the best of the ${addresses.length} addresses opened ${most}`;
    return [{ code: opened === 0 ? "dead-address" : "address-imbalance", text }];
  });
}
