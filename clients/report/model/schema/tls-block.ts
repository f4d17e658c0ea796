/** What the TLS handshakes of a run came to: part of every report whose connections speak TLS. */
import { type Static, Type } from "#typebox";
import type { Tally } from "../../../measure/tally.ts";
import { count, countsBy, figureOrNull } from "./field.ts";

export const TlsReport = Type.Object({
  handshakes: count("completed; reconnects among them"),
  resumed: count("of those, how many resumed an earlier session"),
  resumedShare: figureOrNull("resumed over completed"),
  failed: count("not completed"),
  failures: countsBy(
    "failed handshakes by reason: the peer's alert, what was wrong with its certificate, or OpenSSL's reason",
  ),
  versions: countsBy("handshakes by negotiated version"),
  ciphers: countsBy("by cipher"),
  alpn: countsBy('by application protocol; "none": on none'),
});
export type TlsReport = Static<typeof TlsReport>;

/** Nothing where no connection spoke TLS. */
export function tlsBlock({ agreed, causes, codes }: Tally): { tls?: TlsReport } {
  const { resumed = 0, full = 0 } = valuesOf(agreed, "tls-handshake");
  const handshakes = resumed + full;
  const failed = causes["tls-failed"] ?? 0;
  if (handshakes + failed === 0) return {};
  const { "": none = 0, ...named } = valuesOf(agreed, "tls-alpn");
  return {
    tls: {
      handshakes,
      resumed,
      resumedShare: handshakes === 0 ? null : resumed / handshakes,
      failed,
      failures: valuesOf(codes, "tls-failed"),
      versions: valuesOf(agreed, "tls-version"),
      ciphers: valuesOf(agreed, "tls-cipher"),
      alpn: none > 0 ? { ...named, none } : named,
    },
  };
}

/**
 * With `compression: true`: how many upgrades agreed on each form of permessage-deflate, its parameters included, or on
 * "none".
 */
export function compressionBlock({ agreed }: Tally): { compression?: Record<string, number> } {
  const compression = valuesOf(agreed, "compression");
  return Object.keys(compression).length === 0 ? {} : { compression };
}

/** The counts of WHAT:VALUE, by value. */
function valuesOf(counts: Readonly<Record<string, number>>, what: string): Record<string, number> {
  const own = Object.entries(counts).filter(([name]) => name.startsWith(`${what}:`));
  return Object.fromEntries(own.map(([name, count]) => [name.slice(what.length + 1), count]));
}
