/** Targets behind a proxy: which proxy a scenario uses, and whom its connections load. */
import { isIP } from "node:net";
import type { Endpoint, ProtocolName } from "../../connection/engine.ts";
import { resolveProxy } from "../../connection/proxy.ts";
import { parseTarget } from "../../connection/resolve-endpoint.ts";
import { isLoopback } from "../../measure/loopback.ts";
import { ScenarioError } from "../../scenario/read-scenario.ts";

/** As curl reads them, but only for scenarios that ask for them. */
const variables = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] as const;

/**
 * The proxy of a scenario, including its password; null: none. Throws a ScenarioError when the environment should name
 * one and does not.
 */
export function proxyOf(
  { proxy }: { proxy?: string | undefined },
  environment: NodeJS.ProcessEnv = process.env,
): string | null {
  if (proxy === undefined) return null;
  if (proxy !== "env") return proxy;
  const found = variables.map((name) => environment[name]).find((value) => value !== undefined && value !== "");
  if (found === undefined)
    throw new ScenarioError([
      { field: "proxy", text: `expected ${variables[0]} or ${variables[2]} in the environment, but neither is set` },
    ]);
  return found.includes("://") ? found : `http://${found}`;
}

/**
 * The endpoint of a URL behind a proxy, which resolves the name: the address is only known when the URL contains it,
 * and when both are on this machine. Throws a ConnectionError: `bad-target-url` or `unknown-host`.
 */
export async function proxiedEndpoint(url: string, protocol: ProtocolName, proxyUrl: string): Promise<Endpoint> {
  const named = parseTarget(url, protocol);
  const proxy = await resolveProxy(proxyUrl);
  const isLocal = isLoopback(named.host) && isLoopback(proxy.address);
  const literal = isIP(named.host) !== 0 && !isLoopback(named.host) ? named.host : "";
  return { ...named, address: isLocal ? proxy.address : literal, family: proxy.family, proxy };
}

/** Everything an endpoint's connections load: the target, and the proxy in front of it. */
export function loadedPlaces(endpoint: Endpoint): { field: "target" | "proxy"; host: string; address: string }[] {
  const target = { field: "target", host: endpoint.host, address: endpoint.address } as const;
  return endpoint.proxy === undefined
    ? [target]
    : [{ field: "proxy", host: endpoint.proxy.host, address: endpoint.proxy.address }, target];
}
