/**
 * Which hosts our processes may dial: hosts the operator allows, loopback where permitted, and never our own listeners.
 */
import { isIP } from "node:net";
import type { Endpoint, ForwardProxy } from "../../clients/connection/engine.ts";
import { isLoopback } from "../../clients/measure/loopback.ts";
import { isGuarded, isLoopbackAddress, isOfThisMachine, isSameAddress } from "./address.ts";
import { leadsTo, type OwnDoor } from "./own-door.ts";

export interface DialPolicy {
  /** Who refuses, for the sentence; default "service". */
  who?: "service" | "agent";
  /** Host names and literal addresses the operator allows. */
  allowedHosts: readonly string[];
  /** Whether this machine's loopback may be loaded. */
  allowsLoopback: boolean;
  /** Where our own processes are listening now. */
  ownDoors?: () => readonly OwnDoor[];
}

/** The sentence for a host that is not allowed. */
export function notAllowed(host: string, { who = "service" }: DialPolicy): string {
  return `${host} is not on this ${who}'s allow list; its operator adds it with --allow-host ${host}`;
}

/** Whether the policy allows a host by its name. */
export function isNamed(host: string, { allowedHosts, allowsLoopback }: DialPolicy): boolean {
  return (
    allowedHosts.some((allowed) => allowed.toLowerCase() === host.toLowerCase()) || (allowsLoopback && isLoopback(host))
  );
}

/** Why an endpoint must not be dialled because it is our own; null when it is not. */
export function refuseOwnDoor(
  endpoint: Pick<Endpoint, "host" | "address" | "port">,
  { ownDoors }: DialPolicy,
): string | null {
  const door = ownDoors?.().find((each) => leadsTo(each, endpoint));
  return door === undefined ? null : `${endpoint.host}:${endpoint.port} is ${door.what}, which must not be a target`;
}

/**
 * Checks an endpoint after its name was resolved, before it is dialled; null: allowed. Behind a proxy, both target and
 * proxy must be allowed.
 */
export function refuseEndpoint(endpoint: Endpoint, policy: DialPolicy): string | null {
  if (endpoint.socketPath !== undefined)
    return `${endpoint.socketPath} is a Unix socket on this machine, which only the local command line may dial`;
  if (endpoint.proxy === undefined) return refusePlace(endpoint, policy);
  return refusePlace(endpoint.proxy, policy) ?? refuseBehind(endpoint, endpoint.proxy, policy);
}

/**
 * Checks a target that a proxy resolves and dials: the operator must allow its name, or it is on the loopback of the
 * machine both run on.
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

/** Guarded for a reason other than being this machine's loopback. */
const isGuardedElsewhere = (address: string): boolean => isGuarded(address) && !isLoopbackAddress(address);

/** All addresses of a name; rejects when it has none. */
export type LookupAll = (host: string) => Promise<{ address: string }[]>;

/**
 * The same for endpoints resolved elsewhere: the name must also resolve to that address here, otherwise an allowed name
 * would permit every address. Null: all may be dialled.
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
