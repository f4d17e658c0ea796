/** Which addresses are reachable only from this machine. */
import { isIPv4, isIPv6 } from "node:net";

/**
 * 127.0.0.0/8, ::1, either one in the other's notation, and the name localhost; IPv6 addresses with or without
 * brackets.
 */
export function isLoopback(host: string): boolean {
  const plain = host.toLowerCase().replace(/^\[(.*)\]$/, "$1");
  if (plain === "localhost" || plain === "::1") return true;
  const mapped = plain.replace(/^::ffff:/, "");
  return (isIPv4(plain) || (isIPv6(plain) && isIPv4(mapped))) && mapped.startsWith("127.");
}

/** Addresses of 127.0.0.0/8, each of which can be used as a source address. */
export const isLoopback4 = (address: string): boolean => isIPv4(address) && isLoopback(address);
