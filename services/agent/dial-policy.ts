/** Whom a process of ours dials: hosts its operator allows, loopback where that is meant, and never its own doors. */
import { isIP } from "node:net";
import type { Endpoint, ForwardProxy } from "../../clients/connection/engine.ts";
import { isLoopback } from "../../clients/measure/loopback.ts";
import { isGuarded, isLoopbackAddress, isOfThisMachine, isSameAddress } from "./address.ts";
import { leadsTo, type OwnDoor } from "./own-door.ts";

export interface DialPolicy {
  /** Who refuses, for the sentence; "service" by default. */
  who?: "service" | "agent";
  /** Host names and literal addresses the operator allows. */
  allowedHosts: readonly string[];
  /** What listens on this machine's loopback may be loaded. */
  allowsLoopback: boolean;
  /** Where our own processes listen, as of now. */
  ownDoors?: () => readonly OwnDoor[];
}

/** The sentence for a host nobody allowed. */
export function notAllowed(host: string, { who = "service" }: DialPolicy): string {
  return `${host} is not on this ${who}'s allow list; its operator adds it with --allow-host ${host}`;
}

/** Whether the policy knows a host by its name. */
export function isNamed(host: string, { allowedHosts, allowsLoopback }: DialPolicy): boolean {
  return (
    allowedHosts.some((allowed) => allowed.toLowerCase() === host.toLowerCase()) || (allowsLoopback && isLoopback(host))
  );
}

/** Why a place is one of our own; null when it is not. */
export function refuseOwnDoor(
  endpoint: Pick<Endpoint, "host" | "address" | "port">,
  { ownDoors }: DialPolicy,
): string | null {
  const door = ownDoors?.().find((each) => leadsTo(each, endpoint));
  return door === undefined ? null : `${endpoint.host}:${endpoint.port} is ${door.what}, which must not be a target`;
}

/**
 * The check of an endpoint after its name was resolved, before it is dialled; null: it may. Behind a proxy both may or
 * neither is dialled.
 */
export function refuseEndpoint(endpoint: Endpoint, policy: DialPolicy): string | null {
  if (endpoint.socketPath !== undefined)
    return `${endpoint.socketPath} is a Unix socket on this machine, which only the local command line may dial`;
  if (endpoint.proxy === undefined) return refusePlace(endpoint, policy);
  return refusePlace(endpoint.proxy, policy) ?? refuseBehind(endpoint, endpoint.proxy, policy);
}

/**
 * A target that a proxy resolves and dials: what the operator named, or loopback where the proxy is on this machine's.
 */
function refuseBehind({ host, port }: Endpoint, proxy: ForwardProxy, policy: DialPolicy): string | null {
  const own = refuseOwnDoor({ host, address: host, port }, policy);
  if (own !== null) return own;
  if (
    policy.allowedHosts.some((allowed) => allowed.toLowerCase() === host.toLowerCase() || isSameAddress(allowed, host))
  )
    return null;
  if (policy.allowsLoopback && isLoopback(host) && isLoopbackAddress(proxy.address)) return null;
  return notAllowed(host, policy);
}

function refusePlace(endpoint: Pick<Endpoint, "host" | "address" | "port">, policy: DialPolicy): string | null {
  const { host, address } = endpoint;
  const own = refuseOwnDoor(endpoint, policy);
  if (own !== null) return own;
  if (!isNamed(host, policy)) return notAllowed(host, policy);
  if (isIP(host) !== 0 && !isSameAddress(host, address))
    return `${host} is an address and cannot resolve to ${address}`;
  const isHere = isOfThisMachine(address);
  if (!isHere && !isGuarded(address)) return null;
  if (policy.allowedHosts.some((allowed) => isSameAddress(allowed, address))) return null;
  if (policy.allowsLoopback && isHere && !isGuardedElsewhere(address)) return null;
  return `${host} resolves to ${address}, which only the operator may allow: --allow-host ${address}`;
}

/** Guarded for another reason than being this machine's loopback. */
const isGuardedElsewhere = (address: string): boolean => isGuarded(address) && !isLoopbackAddress(address);

/** Every address a name has here; rejects when it has none. */
export type LookupAll = (host: string) => Promise<{ address: string }[]>;

/**
 * The same for endpoints that somebody else resolved: a name must lead to the address here, too, or an allowed name
 * would open every address. Null: all may be dialled.
 */
export async function refuseResolved(
  endpoints: readonly Endpoint[],
  policy: DialPolicy,
  lookup: LookupAll,
): Promise<string | null> {
  const known = new Map<string, Promise<{ address: string }[]>>();
  for (const endpoint of endpoints) {
    const refusal = refuseEndpoint(endpoint, policy);
    if (refusal !== null) return refusal;
    const { host, address } = endpoint.proxy ?? endpoint;
    if (isIP(host) !== 0) continue;
    const found = known.get(host) ?? lookup(host).catch(() => []);
    known.set(host, found);
    if ((await found).some((own) => isSameAddress(own.address, address))) continue;
    if (policy.allowedHosts.some((allowed) => isSameAddress(allowed, address))) continue;
    return `${host} does not resolve to ${address} on this ${policy.who ?? "service"}; its operator can add --allow-host ${address}`;
  }
  return null;
}
