/** A network interface of this machine: its addresses become source addresses; routing is still up to the system. */
import { networkInterfaces } from "node:os";
import { ConnectionError } from "./connection-error.ts";
import type { EngineOptions } from "./engine.ts";

/** An interface's addresses of this family, except link-local ones. Throws a ConnectionError `unknown-interface`. */
export function addressesOf(name: string, family: 4 | 6): string[] {
  const all = networkInterfaces();
  const own = all[name];
  if (own === undefined)
    throw new ConnectionError(
      "unknown-interface",
      `interface: expected one of ${Object.keys(all).join(", ")}, got "${name}"; see: ip address`,
    );
  const found = own
    .filter((each) => each.family === `IPv${family}` && !each.address.startsWith("fe80:"))
    .map(({ address }) => address);
  if (found.length > 0) return found;
  throw new ConnectionError(
    "unknown-interface",
    `interface: expected ${name} to have an IPv${family} address, like the target, but it has none; see: ip address`,
  );
}

/** Replaces a named interface in the options with its addresses. Throws as {@link addressesOf} does. */
export function withInterface(options: EngineOptions): EngineOptions {
  if (options.interface === undefined) return options;
  const [endpoint] = options.endpoints;
  return { ...options, sources: addressesOf(options.interface, (endpoint?.proxy ?? endpoint)?.family ?? 4) };
}
