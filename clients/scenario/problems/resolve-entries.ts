/**
 * `resolve`: which addresses a name and port lead to, instead of what the system's resolver says; written as curl has
 * it.
 */
import { isIP } from "node:net";
import { type Problem, parseProblem } from "./problem-bounds.ts";

/** Addresses of one name at one port. */
export interface ResolveEntry {
  host: string;
  port: number;
  addresses: string[];
}

/** "host:port:address[,address...]"; IPv6 addresses with or without brackets. Throws a sentence. */
export function parseResolve(text: string): ResolveEntry {
  const parts = /^([^:\s]+|\[[^\]\s]+\]):([0-9]{1,5}):(\S+)$/.exec(text);
  const bare = (address: string): string => address.replace(/^\[(.*)\]$/, "$1");
  const addresses = parts?.[3]?.split(",").map(bare) ?? [];
  const port = Number(parts?.[2]);
  if (parts === null || port < 1 || port > 65_535 || addresses.some((address) => isIP(address) === 0))
    throw new Error(
      `expected HOST:PORT:ADDRESS, as in example.com:443:127.0.0.2 or example.com:443:[::1], got ${JSON.stringify(text)}`,
    );
  return { host: bare(parts[1]!).toLowerCase(), port, addresses };
}

export function resolveProblems({ resolve }: Record<string, unknown>): Problem[] {
  if (!Array.isArray(resolve)) return [];
  return resolve.flatMap((entry: unknown, index) => parseProblem(`resolve.${index}`, entry, parseResolve));
}
