/** Addresses on which our own processes listen: a run must never load them, however they are written. */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { Endpoint } from "../../clients/connection/engine.ts";
import { isOfThisMachine, isSameAddress } from "./address.ts";

export interface OwnDoor {
  /** As used in a sentence: "Holdfast's own Redis". */
  what: string;
  host: string;
  port: number;
  /** Its known addresses. */
  addresses: readonly string[];
}

const plainName = (host: string): string => host.toLowerCase().replace(/\.$/, "");

/**
 * Whether dialling the endpoint would reach this listener. All addresses of this machine count as equal, because it is
 * unknown which one it listens on.
 */
export function leadsTo(door: OwnDoor, { host, address, port }: Pick<Endpoint, "host" | "address" | "port">): boolean {
  if (port !== door.port) return false;
  if (plainName(host) === plainName(door.host)) return true;
  const isHere = [door.host, ...door.addresses].some(isOfThisMachine);
  return [host, address].some(
    (dialled) => (isHere && isOfThisMachine(dialled)) || door.addresses.some((own) => isSameAddress(own, dialled)),
  );
}

/** The Redis at a URL as a listener, with its name resolved if possible now. Nothing secret from the URL is kept. */
export async function redisDoor(redisUrl: string): Promise<OwnDoor> {
  const { hostname, port } = new URL(redisUrl);
  const host = hostname.replace(/^\[(.*)\]$/, "$1") || "127.0.0.1";
  const found = isIP(host) === 0 ? await lookup(host, { all: true }).catch(() => []) : [{ address: host }];
  return {
    what: "Holdfast's own Redis",
    host,
    port: port === "" ? 6379 : Number(port),
    addresses: found.map(({ address }) => address),
  };
}
