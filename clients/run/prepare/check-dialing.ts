/** Checks what dialling needs from this machine: local source addresses, a readable certificate file. */
import { once } from "node:events";
import { createServer, isIP } from "node:net";
import { readCertificateAuthority } from "../../connection/certificate-authority.ts";
import { addressesOf } from "../../connection/local-interface.ts";
import type { Problem } from "../../scenario/problems/problem-bounds.ts";
import { ScenarioError } from "../../scenario/read-scenario.ts";
import type { ConnectionsScenario } from "../../scenario/schema.ts";

/** Where connections go. */
interface Destination {
  family: 4 | 6;
  tls: boolean;
}

/** Built-in targets listen on loopback. */
export const managedDestination: Destination = { family: 4, tls: false };

/**
 * Throws a ScenarioError listing every source that is not a local address or not of the target's family, or a
 * ConnectionError `bad-certificate-authority`. `isElsewhere`: other machines dial, whose addresses and files are not
 * known here.
 */
export async function checkDialing(
  { sources = [], tls, interface: named }: ConnectionsScenario,
  to: Destination,
  isElsewhere: boolean,
): Promise<void> {
  if (named !== undefined && !isElsewhere) addressesOf(named, to.family);
  const problems: Problem[] = [];
  for (const [index, source] of sources.entries()) {
    const text =
      isIP(source) !== to.family ? wrongFamily(source, to.family) : isElsewhere ? null : await whyNotOurs(source);
    if (text !== null) problems.push({ field: `sources.${index}`, text });
  }
  if (problems.length > 0) throw new ScenarioError(problems);
  if (to.tls && !isElsewhere && tls?.certificateAuthority !== undefined)
    readCertificateAuthority(tls.certificateAuthority);
}

const wrongFamily = (source: string, family: 4 | 6): string =>
  `expected an IPv${family} address, as the target's is, got "${source}": a connection cannot mix address families`;

/** An address is local if it can be bound; 127.0.0.2 is, although no interface lists it. */
async function whyNotOurs(source: string): Promise<string | null> {
  const server = createServer();
  try {
    server.listen(0, source);
    await once(server, "listening");
    return null;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    return `expected an address of this machine, but "${source}" cannot be bound (${code}); see: ip address`;
  } finally {
    server.close();
  }
}
