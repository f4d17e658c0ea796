/**
 * Classifies IP addresses by their bytes, so that no notation can disguise them: which are guarded, and which belong to
 * this machine.
 */
import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import { isLoopback } from "../../clients/measure/loopback.ts";

/**
 * An address in hexadecimal, 8 digits for IPv4 and 32 for IPv6, from text without brackets or zone; null for anything
 * else.
 */
function hexOf(address: string): string | null {
  const plain = address
    .replace(/^\[(.*)\]$/, "$1")
    .replace(/%.*$/, "")
    .toLowerCase();
  if (isIP(plain) === 4) return Buffer.from(plain.split(".").map(Number)).toString("hex");
  if (isIP(plain) !== 6) return null;
  const groups = plain.replace(/\d+\.\d+\.\d+\.\d+$/, (dotted) => (hexOf(dotted) ?? "").replace(/^.{4}/, "$&:"));
  const [head = "", tail] = groups.split("::").map((part) => part.split(":").filter(Boolean));
  const before = [...head].map((group) => group.padStart(4, "0")).join("");
  const after = [...(tail ?? [])].map((group) => group.padStart(4, "0")).join("");
  return before + "0".repeat(32 - before.length - after.length) + after;
}

/**
 * IPv6 prefixes that embed an IPv4 address, and its position: mapped (RFC 4291), compatible, translated (RFC 2765),
 * NAT64 (RFC 6052, and RFC 8215 for local use), 6to4 (RFC 3056).
 */
const carriers: readonly (readonly [prefix: string, start: number])[] = [
  ["00000000000000000000ffff", 24],
  ["000000000000000000000000", 24],
  ["0000000000000000ffff0000", 24],
  ["0064ff9b0000000000000000", 24],
  ["0064ff9b0001", 24],
  ["2002", 4],
];

/** The IPv4 address embedded in an IPv6 address, or the address itself; in hexadecimal. */
function reachedBy(hex: string): string {
  if (hex.length === 8) return hex;
  const carrier = carriers.find(([prefix]) => hex.startsWith(prefix));
  return carrier === undefined ? hex : hex.slice(carrier[1], carrier[1] + 8);
}

/** Whether two addresses are the same, in whatever notation. */
export function isSameAddress(one: string, other: string): boolean {
  const [a, b] = [hexOf(one), hexOf(other)];
  return a !== null && b !== null && reachedBy(a) === reachedBy(b);
}

/**
 * Prefixes that no name may resolve to. IPv4: this network and machine, link-local with most clouds' metadata services,
 * IETF assignments (Oracle's metadata is 192.0.0.192), Alibaba's metadata, Azure's platform address, multicast and
 * reserved. IPv6: link-local, multicast, the metadata services of Amazon (fd00:ec2::254) and Google (fd20:ce::254).
 */
const guardedIpv4 = ["00", "7f", "a9fe", "c00000", "646464c8", "a83f8110", "e", "f"];
const guardedIpv6 = ["fe8", "fe9", "fea", "feb", "ff", "fd000ec2", "fd2000ce"];

/**
 * Whether no name may resolve to an address: this machine, link-local, cloud metadata, unspecified, multicast; also
 * when embedded in IPv6.
 */
export function isGuarded(address: string): boolean {
  const hex = hexOf(address);
  if (hex === null) return true;
  const reached = reachedBy(hex);
  return [hex, reached].some((each) =>
    (each.length === 8 ? guardedIpv4 : guardedIpv6).some((prefix) => each.startsWith(prefix)),
  );
}

/** Whether an address is a loopback address, in whatever notation. */
export function isLoopbackAddress(address: string): boolean {
  const hex = hexOf(address);
  const reached = hex === null ? "" : reachedBy(hex);
  // ::1 is parsed as the IPv4-compatible 0.0.0.1.
  return reached.length === 8 && (reached.startsWith("7f") || reached === "00000001");
}

/**
 * Whether an address refers to this machine: loopback, the wildcard, or one of its interfaces. Also true for the name
 * localhost.
 */
export function isOfThisMachine(address: string): boolean {
  if (isLoopback(address) || isLoopbackAddress(address) || isSameAddress(address, "0.0.0.0")) return true;
  return Object.values(networkInterfaces()).some((own) => own?.some((each) => isSameAddress(each.address, address)));
}
