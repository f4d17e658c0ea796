/** The TLS handshakes of a run, and what was agreed on; the compression its upgrades agreed on. */
import { formatShare } from "../model/format.ts";
import type { Report } from "../model/report.ts";
import { type Block, count } from "./block.ts";
import { causeLine } from "./storm.ts";

export function tlsBlock({ tls, compression }: Report): Block | null {
  const facts: [string, string][] = [];
  if (tls !== undefined) {
    const share = tls.resumedShare === null ? "" : ` (${formatShare(tls.resumedShare)})`;
    facts.push(
      [
        "handshakes",
        `${count(tls.handshakes)} completed, ${count(tls.resumed)} of them resumed a session${share}; ${count(tls.failed)} failed`,
      ],
      ["negotiated", [tls.versions, tls.ciphers].map(causeLine).join("; ")],
      ["ALPN", causeLine(tls.alpn)],
    );
    if (tls.failed > 0) facts.push(["failed with", causeLine(tls.failures)]);
  }
  if (compression !== undefined) facts.push(["compression", causeLine(compression)]);
  return facts.length === 0 ? null : { id: "tls", title: tls === undefined ? "Compression" : "TLS", facts };
}
