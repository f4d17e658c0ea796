/** The addresses that the resolver returns for a target's name, in a scenario's `resolve`: the pre-flight counts each. */
import { ConnectionError } from "../../connection/connection-error.ts";
import type { Endpoint } from "../../connection/engine.ts";
import { resolveEndpoints } from "../../connection/resolve-endpoint.ts";
import { parseResolve } from "../../scenario/problems/resolve-entries.ts";
import type { ConnectionsScenario } from "../../scenario/schema.ts";
import { isUrl } from "../../scenario/target-url.ts";

type Addressed = Partial<Pick<ConnectionsScenario, "target" | "resolve" | "proxy">>;

/** The scenario with these endpoints of its target pinned, where there are several. */
export function withAddresses<S extends Addressed>(scenario: S, endpoints: readonly Endpoint[]): S {
  const [first] = endpoints;
  if (first === undefined || endpoints.length < 2 || scenario.proxy !== undefined) return scenario;
  const entry = `${first.host}:${first.port}:${endpoints.map(({ address }) => address).join(",")}`;
  return { ...scenario, resolve: [...(scenario.resolve ?? []), entry] };
}

/** The same with what the resolver returns now; unchanged where its target is no URL or does not resolve. */
export async function withResolvedAddresses<S extends Addressed & Pick<ConnectionsScenario, "protocol">>(
  scenario: S,
): Promise<S> {
  const [url = ""] = [scenario.target ?? []].flat();
  if (!isUrl(url) || scenario.proxy !== undefined) return scenario;
  try {
    const pins = (scenario.resolve ?? []).map(parseResolve);
    return withAddresses(scenario, (await resolveEndpoints(url, scenario.protocol, pins)).endpoints);
  } catch (error) {
    if (error instanceof ConnectionError) return scenario;
    throw error;
  }
}
