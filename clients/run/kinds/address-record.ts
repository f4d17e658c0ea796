/** What a run counted at each address of its target. */
import type { Endpoint } from "../../connection/engine.ts";
import { noPart } from "../../measure/part-tally.ts";
import type { Tally } from "../../measure/tally.ts";
import { formatMilliseconds } from "../../report/model/format.ts";
import { quantilesOf } from "../../report/model/quantiles.ts";
import type { Reason } from "../../report/model/report.ts";
import type { AddressReport } from "../../report/model/schema/address-block.ts";

/** An address that opened less than this share of what the best one did is named. */
const evenShare = 0.9;
/** An address is slow whose median push latency is so many times that of the fastest, and so much more. */
const slowFactor = 2;
const slowByMs = 5;
/** Of fewer pushes a median says little. */
const leastPushes = 20;

/** By address, in the order in which they are dialled; empty where there is one alone. */
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

/** Addresses that did not take their part: none opened, fewer than at the others, or their pushes came later. */
export const addressRemarks = (addresses: readonly AddressReport[]): Reason[] => [
  ...unevenRemarks(addresses),
  ...slowRemarks(addresses),
];

/** The median against that of the fastest address: below these is what chance, and a route, make of equal servers. */
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
