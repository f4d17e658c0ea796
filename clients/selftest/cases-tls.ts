/** Selftest cases with TLS: the same exact counts, each failed handshake with its reason, and each resumed session. */
import { betweenTicks, connectionCount, everything, onTicks, type SelftestCase } from "./case.ts";
import { exactly } from "./check.ts";

const served = { tls: { serve: true } };
const twentieth = connectionCount / 20;

/** Each handshake failure, how many of its kind, and the fault that causes it. */
const handshakes: readonly [code: string, fault: Record<string, unknown>][] = [
  ["tls-failed:cert-has-expired", { kind: "tls.certificate", problem: "expired" }],
  ["tls-failed:hostname-mismatch", { kind: "tls.certificate", problem: "wrong-host" }],
  ["tls-failed:unable-to-get-issuer-cert-locally", { kind: "tls.certificate", problem: "unknown-issuer" }],
  ["tls-failed:alert-certificate-required", { kind: "tls.client-certificate" }],
  ["tls-failed:alert-protocol-version", { kind: "tls.version", version: "1.2" }],
];

const steps = ["hello", "server-hello", "finished"] as const;
const alerts = [
  { step: "hello", alert: "handshake-failure" },
  { step: "server-hello", alert: "unrecognized-name" },
  { step: "finished", alert: "access-denied" },
] as const;
/** Connections whose handshake is not affected. */
const opening = connectionCount - alerts.length * twentieth;

export const tlsCases: readonly SelftestCase[] = [
  {
    name: "tls",
    proves: "TLS: lost and duplicated pushes, closes and resets, as exact as without TLS",
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
    proves: "TLS: every failed handshake with its reason, and handshakes that stall",
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
    proves: "TLS: a stream that ends without close_notify is distinguished from one that ends with it",
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
  {
    name: "tls-alerts",
    proves: "TLS: alerts at each step of the handshake and on open connections, by name",
    isQuick: false,
    faults: [
      ...alerts.map(({ step, alert }, offset) => ({ kind: "tls.alert", step, alert, every: 20, offset })),
      {
        kind: "life.alert",
        alert: "internal-error",
        every: opening / twentieth,
        offset: 10,
        at: betweenTicks(1000, opening),
      },
    ],
    // On a busy machine 85 handshakes may take seconds, and the alerts must still fall into the hold.
    scenario: { ...served, hold: "8s", timeouts: { connect: "10s", upgrade: "10s", close: "5s" } },
    checks: (outcome) => [
      ...everything(outcome),
      exactly("refused", alerts.length * twentieth, outcome.report.connections.refused),
      ...alerts.map(({ alert }) =>
        exactly(alert, twentieth, outcome.report.connections.byCode[`tls-failed:alert-${alert}`]),
      ),
      exactly(
        "internal-error on open connections",
        twentieth,
        outcome.report.connections.byCode["protocol-error:tls-alert-internal-error"],
      ),
    ],
  },
  {
    name: "tls-stalls",
    proves: "TLS: handshakes that stall at each step",
    isQuick: false,
    faults: steps.map((step, offset) => ({ kind: "tls.stall", step, every: 20, offset })),
    scenario: served,
    checks: (outcome) => [
      ...everything(outcome),
      exactly("upgrade-timeout", steps.length * twentieth, outcome.report.connections.byCause["upgrade-timeout"]),
    ],
  },
  {
    name: "tls-records",
    proves: "TLS: records of one byte, and keys that are updated before every write: nothing is lost",
    isQuick: false,
    faults: [
      { kind: "tls.records", bytes: 1, every: 10 },
      { kind: "tls.key-update", asks: true, every: 10, offset: 1 },
      { kind: "tls.key-update", every: 10, offset: 2 },
    ],
    scenario: served,
    checks: (outcome) => [
      ...everything(outcome),
      exactly("handshakes", connectionCount, outcome.report.tls?.handshakes),
      exactly("lost", 0, outcome.report.pushes?.lost),
    ],
  },
  ...(
    [
      ["none", 0, {}],
      ["tickets", 1, { kind: "tls.tickets", count: 7 }],
      ["tickets", 1, {}],
      ["tickets", 0, { kind: "tls.tickets", count: 0 }],
    ] as const
  ).map(
    ([resume, share, fault]): SelftestCase => ({
      name: `tls-resume-${resume}${"kind" in fault ? `-${fault.count}-given` : ""}`,
      proves: `TLS: a storm with resume: ${resume}${"kind" in fault ? ` and a server that gives ${fault.count} tickets` : ""}: reconnects resume ${share === 1 ? "their sessions" : "nothing"}`,
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
