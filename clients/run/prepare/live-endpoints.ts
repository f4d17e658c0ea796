/** Selects the addresses of a name that respond: a dead one is reported and skipped, unless all are dead. */
import { ConnectionError } from "../../connection/connection-error.ts";
import type { Endpoint } from "../../connection/engine.ts";
import type { Reason } from "../../report/model/report.ts";
import { probeEndpoint } from "./probe-endpoint.ts";

/** Throws the first address's error when none responds. */
export async function liveEndpoints(endpoints: readonly Endpoint[]): Promise<{ live: Endpoint[]; notes: Reason[] }> {
  const probed = await Promise.all(
    endpoints.map(async (endpoint) => {
      try {
        await probeEndpoint(endpoint);
        return { endpoint, error: null };
      } catch (error) {
        if (!(error instanceof ConnectionError)) throw error;
        return { endpoint, error };
      }
    }),
  );
  const live = probed.filter(({ error }) => error === null).map(({ endpoint }) => endpoint);
  if (live.length === 0) throw probed[0]!.error!;
  const notes = probed.flatMap(({ endpoint: { host, address, port }, error }): Reason[] => {
    if (error === null) return [];
    const text = `${address}, one of ${endpoints.length} addresses of ${host}, does not accept connections on port ${port}: the load goes only to the others`;
    return [{ code: "dead-address", text }];
  });
  return { live, notes };
}
