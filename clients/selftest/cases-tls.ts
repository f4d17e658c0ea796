/**
 * Selftest cases whose connections speak TLS: the same exact counts, each failed handshake by its reason, each session
 * that was resumed.
 */
import { betweenTicks, connectionCount, everything, onTicks, type SelftestCase } from "./case.ts";
import { exactly } from "./check.ts";

const served = { tls: { serve: true } };
const twentieth = connectionCount / 20;

/** Each name of a failed handshake, how many of its kind, and the fault that makes it. */
const handshakes: readonly [code: string, fault: Record<string, unknown>][] = [
  ["tls-failed:cert-has-expired", { kind: "tls.certificate", problem: "expired" }],
  ["tls-failed:hostname-mismatch", { kind: "tls.certificate", problem: "wrong-host" }],
  ["tls-failed:unable-to-get-issuer-cert-locally", { kind: "tls.certificate", problem: "unknown-issuer" }],
  ["tls-failed:alert-certificate-required", { kind: "tls.client-certificate" }],
  ["tls-failed:alert-protocol-version", { kind: "tls.version", version: "1.2" }],
];

export const tlsCases: readonly SelftestCase[] = [
  {
    name: "tls",
    proves: "TLS: lost and duplicated pushes, ends and resets, as exact as without",
    isQuick: true,
    faults: [
      { kind: "push.drop", every: 20, at: onTicks() },
      { kind: "push.duplicate", every: 20, offset: 5, at: onTicks() },
      { kind: "life.close", code: 1012, every: 10, at: betweenTicks(2500) },
      { kind: "life.fin", every: 10, offset: 1, at: betweenTicks(2500) },
      { kind: "life.rst", every: 10, offset: 2, at: betweenTicks(2500) },
    ],
    scenario: served,
    checks: (outcome) => [
      ...everything(outcome),
      exactly("handshakes", connectionCount, outcome.report.tls?.handshakes),
    ],
  },
  {
    name: "tls-handshakes",
    proves: "TLS: every failed handshake named by its reason, and one that stalls",
    isQuick: false,
    faults: [
      ...handshakes.map(([, fault], offset) => ({ ...fault, every: 20, offset })),
      { kind: "tls.stall", every: 20, offset: handshakes.length },
    ],
    scenario: { tls: { serve: true, minVersion: "1.3" } },
    checks: (outcome) => [
      ...everything(outcome),
      ...handshakes.map(([code]) => exactly(code, twentieth, outcome.report.connections.byCode[code])),
      exactly("upgrade-timeout", twentieth, outcome.report.connections.byCause["upgrade-timeout"]),
    ],
  },
  {
    name: "tls-truncated",
    proves: "TLS: a stream that ends without close_notify is told from one that ends with it",
    isQuick: false,
    faults: [
      { kind: "tls.no-close-notify", every: 2 },
      { kind: "life.fin", at: betweenTicks(2500) },
    ],
    scenario: served,
    checks: (outcome) => [
      ...everything(outcome),
      exactly("eof", connectionCount, outcome.report.connections.byCause.eof),
      exactly("eof:truncated", connectionCount / 2, outcome.report.connections.byCode["eof:truncated"]),
    ],
  },
  ...(
    [
      ["none", 0, {}],
      ["tickets", 1, {}],
      ["tickets", 0, { kind: "tls.tickets", count: 0 }],
    ] as const
  ).map(
    ([resume, share, fault]): SelftestCase => ({
      name: `tls-resume-${resume}${"kind" in fault ? "-none-given" : ""}`,
      proves: `TLS: a storm with resume: ${resume}${"kind" in fault ? " and a server that gives no ticket" : ""}: who comes back resumes ${share === 1 ? "its session" : "nothing"}`,
      isQuick: false,
      faults: "kind" in fault ? [fault] : [],
      scenario: { tls: { serve: true, resume }, storm: { after: "1500ms", window: "1s", jitter: 0 }, hold: "5s" },
      checks: ({ report }) => [
        exactly("handshakes", 2 * connectionCount, report.tls?.handshakes),
        exactly("resumed", share * connectionCount, report.tls?.resumed),
        exactly("back", connectionCount, report.storm?.back),
      ],
    }),
  ),
];
