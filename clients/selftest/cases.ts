/** The cases of the selftest. */

import {
  baseScenario,
  betweenTicks,
  connectionCount,
  everything,
  intervalMs,
  type Outcome,
  onTicks,
  type SelftestCase,
} from "./case.ts";
import { apiCases } from "./cases-api.ts";
import { lifeCases } from "./cases-life.ts";
import { mqttSelftestCases } from "./cases-mqtt.ts";
import { outsideCases } from "./cases-outside.ts";
import { reconnectCases } from "./cases-reconnect.ts";
import { stageCases } from "./cases-stages.ts";
import { stopCases } from "./cases-stop.ts";
import { streamCases } from "./cases-streams.ts";
import { talkSelftestCases } from "./cases-talk.ts";
import { tlsCases } from "./cases-tls.ts";
import { type Check, connectionChecks, equations, eventChecks, exactly, latencyChecks, within } from "./check.ts";

const quick = (
  name: string,
  proves: string,
  faults: SelftestCase["faults"],
  scenario: Record<string, unknown> = {},
): SelftestCase => ({
  name,
  proves,
  isQuick: true,
  faults,
  scenario,
  checks: everything,
});

/** Each protocol with the same script: dropped pushes, then three kinds of disconnect. */
const perProtocol = (protocol: string): SelftestCase => ({
  ...quick(
    `faults-${protocol}`,
    `${protocol}: lost, duplicated and reordered pushes, closes and resets`,
    [
      { kind: "push.drop", every: 20, at: onTicks() },
      { kind: "push.duplicate", every: 20, offset: 5, at: onTicks() },
      { kind: "push.reorder", every: 20, offset: 10, at: onTicks() },
      { kind: "life.close", code: 1012, every: 10, at: betweenTicks(2500) },
      { kind: "life.fin", every: 10, offset: 1, at: betweenTicks(2500) },
      { kind: "life.rst", every: 10, offset: 2, at: betweenTicks(2500) },
      { kind: "life.protocol-error", violation: "oversized-length", every: 10, offset: 3, at: betweenTicks(2500) },
    ],
    { protocol },
  ),
  isQuick: protocol !== "websocket",
});

const upgradeFaults: SelftestCase["faults"] = [
  { kind: "upgrade.reject", every: 20, offset: 0, status: 503, retryAfterSeconds: 5 },
  { kind: "upgrade.reject", every: 20, offset: 1, status: 429 },
  { kind: "upgrade.reject", every: 20, offset: 2, status: 302, location: "http://127.0.0.1:1/elsewhere" },
  { kind: "upgrade.stall", every: 20, offset: 3 },
  { kind: "upgrade.slow", every: 20, offset: 4, msPerByte: 2 },
  { kind: "upgrade.bad-accept", every: 20, offset: 5 },
  { kind: "upgrade.glued", every: 20, offset: 6 },
  { kind: "upgrade.not-http", every: 20, offset: 7 },
  { kind: "upgrade.close-during", every: 20, offset: 8 },
  { kind: "upgrade.close-during", every: 20, offset: 9, ending: "rst" },
];

const violations = ["reserved-bits", "bad-opcode", "masked-frame", "oversized-length"];

const framing: SelftestCase["faults"] = [
  { kind: "ping.fragment", per: "connection", every: 4, offset: 1, frames: 3 },
  { kind: "ping.split-bytes", per: "connection", every: 4, offset: 2, bytes: 3 },
  { kind: "ping.server-pings", everyMs: 1000 },
];

const quickCases: SelftestCase[] = [
  quick("clean", "no fault: nothing lost, nothing closed", []),
  quick("drop", "pushes that were never written each count as lost", [
    { kind: "push.drop", share: 0.03, at: onTicks() },
  ]),
  quick("duplicate", "pushes written twice", [{ kind: "push.duplicate", every: 10, at: onTicks() }]),
  quick("reorder", "pushes written after the next one: out of order, late, not lost", [
    { kind: "push.reorder", every: 10, at: onTicks() },
  ]),
  quick("corrupt", "pushes with one bit flipped: corrupted, and lost", [
    { kind: "push.corrupt", share: 0.03, at: onTicks() },
  ]),
  quick("late-burst", "a burst 700 ms late counts as late, the others do not", [
    { kind: "push.delay", ms: 700, at: { whenOpen: connectionCount, fromTick: 2, ticks: 1 } },
  ]),
  quick("framing", "fragments, single bytes and pings between them: nothing is lost", framing),
  quick("mass-drop", "half close frame 1012, half FIN", [
    { kind: "life.close", code: 1012, every: 2, at: betweenTicks(2500) },
    { kind: "life.fin", every: 2, offset: 1, at: betweenTicks(2500) },
  ]),
  quick("rst-wave", "two waves of resets", [
    { kind: "life.rst", share: 0.2, at: { ...betweenTicks(1500), repeatMs: 2000, times: 2 } },
  ]),
  quick(
    "protocol-errors",
    "bytes that violate RFC 6455",
    violations.map((violation, offset) => ({
      kind: "life.protocol-error",
      violation,
      every: 20,
      offset,
      at: betweenTicks(2500),
    })),
  ),
  quick("upgrade-faults", "refusals by cause and status", upgradeFaults),
  perProtocol("websocket"),
  perProtocol("sse"),
  perProtocol("tcp"),
  perProtocol("mqtt"),
  ...mqttSelftestCases,
  ...talkSelftestCases,
  {
    ...quick("unstamped", "no stamp: pushes and their latency are null, never zero", [{ kind: "push.unstamped" }]),
    checks: unstampedChecks,
  },
  {
    ...quick("pings", "pongs 30 ms late are measured as 30 ms; unanswered pings close nothing", pingFaults(), {
      ping: "1s",
    }),
    checks: pingChecks,
  },
];

function pingFaults(): SelftestCase["faults"] {
  return [
    { kind: "ping.ignore", every: 2 },
    { kind: "ping.pong-delay", every: 2, offset: 1, ms: 30 },
  ];
}

function unstampedChecks({ report, account }: Outcome): Check[] {
  const isNull = report.pushes === null && report.latencyMs.push === null && report.latencyMs.delivery === null;
  return [
    ...connectionChecks(report, account),
    exactly("pushes and latency are null (1: yes)", 1, isNull ? 1 : 0),
    exactly(
      "gaps between messages",
      account.ticks.reduce((sum, { written }) => sum + written, 0) - account.opened,
      report.regularity?.gaps,
    ),
  ];
}

function pingChecks(outcome: Outcome): Check[] {
  const { ping } = outcome.report.latencyMs;
  return [
    ...everything(outcome),
    within("ping p50, ms", 30, 40, ping?.p50),
    within("pings answered", 200, 300, ping?.count),
  ];
}

const slowCount = connectionCount / 10;

const slowReaders: SelftestCase = {
  name: "slow-readers",
  proves: "slow readers, and those the target drops, are excluded from the figures of the others",
  isQuick: false,
  faults: [{ kind: "life.rst", first: slowCount / 2, at: betweenTicks(3500) }],
  scenario: {
    hold: "8s",
    rampPerSecond: 50,
    push: { interval: "1s", bytes: 8192 },
    slowReaders: { share: 0.1, bytesPerSecond: 1000, receiveBufferBytes: 4096 },
  },
  checks: ({ report, account, events }) => {
    const { slowReaders: slow, pushes, latencyMs } = report;
    const due = (report.timing.holdNs?.toNs ?? 0) / (intervalMs * 1e6);
    // The first to open are the slow ones; the others must receive every tick from their first to the end of the hold.
    const fast = [...account.connections.values()].slice(slowCount);
    const expected = fast.reduce(
      (sum, { firstTick, lastTick }) => sum + Math.min(lastTick, Math.floor(due)) - firstTick + 1,
      0,
    );
    return [
      ...equations(report),
      ...eventChecks(report, events),
      exactly("pushes due to the others", expected, pushes?.due),
      exactly("lost by the others", 0, pushes?.lost),
      exactly("slow connections", slowCount, slow?.connections),
      exactly("slow readers the target reset", slowCount / 2, slow?.byCause.reset),
      exactly("closed unexpectedly", slowCount / 2, report.connections.closedUnexpectedly),
      within("samples of slow pushes", 1, slow?.received ?? 0, latencyMs.slowPush?.count),
      exactly("samples of the others", pushes?.received ?? -1, latencyMs.push?.count),
      exactly("passes (1: yes)", 1, report.verdict === "pass" ? 1 : 0),
    ];
  },
};

const delayed = (name: string, proves: string, delay: Record<string, unknown>): SelftestCase => ({
  name,
  proves,
  isQuick: false,
  isAlone: true,
  faults: [delay],
  scenario: { hold: "12s", connections: 20 },
  checks: (outcome) => [...everything(outcome), ...latencyChecks(outcome.report, outcome.account, 1)],
});

const timed: SelftestCase[] = [
  delayed("delay-50ms", "every push 50 ms late: p50 and p99 within 1 ms", { kind: "push.delay", ms: 50 }),
  delayed("drift", "a timer re-armed after each fan-out: tick n is n x 20 ms late", {
    kind: "push.drift",
    msPerTick: 20,
  }),
];

/** Every case, the quick ones first. */
export const selftestCases: readonly SelftestCase[] = [
  ...quickCases,
  ...lifeCases,
  slowReaders,
  ...timed,
  ...apiCases,
  ...streamCases,
  ...reconnectCases,
  ...stageCases,
  ...stopCases,
  ...tlsCases,
  ...outsideCases,
];

export const selftestScenario = ({ scenario }: SelftestCase, faults: string): Record<string, unknown> =>
  scenario?.kind === undefined
    ? { ...baseScenario, ...scenario, faults }
    : { target: "rehearsal", ...scenario, faults };
