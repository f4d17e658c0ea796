/** Which addresses only this machine can reach. */
import { isIPv4, isIPv6 } from "node:net";

/**
 * 127.0.0.0/8, ::1, either in the other's notation, and the name localhost; an IPv6 address with or without its
 * brackets.
 */
export function isLoopback(host: string): boolean {
  const plain = host.toLowerCase().replace(/^\[(.*)\]$/, "$1");
  if (plain === "localhost" || plain === "::1") return true;
  const mapped = plain.replace(/^::ffff:/, "");
  return (isIPv4(plain) || (isIPv6(plain) && isIPv4(mapped))) && mapped.startsWith("127.");
}

/** 127.0.0.0/8 by its addresses, from each of which a connection can be made. */
export const isLoopback4 = (address: string): boolean => isIPv4(address) && isLoopback(address);
