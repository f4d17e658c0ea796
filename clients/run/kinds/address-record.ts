/** What a run counted at each address of its target. */
import type { Endpoint } from "../../connection/engine.ts";
import type { Tally } from "../../measure/tally.ts";
import type { Reason } from "../../report/model/report.ts";
import type { AddressReport } from "../../report/model/schema/address-block.ts";

/** An address that opened less than this share of what the best one did is named. */
const evenShare = 0.9;

/** By address, in the order in which they are dialled; empty where there is one alone. */
export function addressReports(endpoints: readonly Endpoint[], { agreed }: Pick<Tally, "agreed">): AddressReport[] {
  if (new Set(endpoints.map(({ address }) => address)).size < 2) return [];
  return endpoints.map(({ address, port }, index) => {
    const of = (what: string): number => agreed[`address-${what}:${index}`] ?? 0;
    const opened = of("opened");
    const meanMs = opened === 0 ? null : Math.round(of("connect-us") / opened) / 1000;
    return { address, port, opened, refused: of("refused"), closedUnexpectedly: of("lost"), connectMeanMs: meanMs };
  });
}

/** Addresses that did not take their part: none opened, or fewer than at the others. */
export function addressRemarks(addresses: readonly AddressReport[]): Reason[] {
  const most = Math.max(0, ...addresses.map(({ opened }) => opened));
  return addresses.flatMap(({ address, opened, refused }): Reason[] => {
    if (opened + refused === 0 || opened >= most * evenShare) return [];
    const text = `${address} opened ${opened} connections and refused ${refused}; the best of the ${addresses.length} addresses opened ${most}`;
    return [{ code: opened === 0 ? "dead-address" : "address-imbalance", text }];
  });
}
