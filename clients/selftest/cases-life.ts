/** Cases in which connections, or the target itself, end or freeze. */
import { betweenTicks, connectionCount, everything, type Outcome, type SelftestCase } from "./case.ts";
import {
  type Check,
  connectionChecks,
  equations,
  eventChecks,
  exactly,
  latencyChecks,
  pushChecks,
  within,
} from "./check.ts";

/** Every connection receives its pushes while it is open, before and after being replaced. */
const churn: SelftestCase = {
  name: "churn",
  proves: "connections replaced by plan: no loss, push counts exact on both sides",
  isQuick: true,
  faults: [],
  scenario: { churn: { perMinute: 300 } },
  checks: (outcome) => [
    ...everything(outcome),
    within(
      "connections replaced",
      connectionCount * 0.28,
      connectionCount * 0.31,
      outcome.report.connections.reconnects.opened,
    ),
  ],
};

const silent: SelftestCase = {
  name: "half-open",
  proves: "silent connections: detected, and attributed to the target's application",
  isQuick: false,
  faults: [{ kind: "life.half-open", every: 10, at: betweenTicks(1500) }],
  scenario: { hold: "9s" },
  checks: (outcome) => [
    ...everything(outcome),
    exactly(
      "attributed to the target's application",
      outcome.account.halfOpen,
      outcome.events.filter(({ what, stalled }) => what === "silent" && stalled === "target-application").length,
    ),
  ],
};

const storm = { after: "2300ms", share: 1, window: "1500ms", manner: "close-frame", backoff: "200ms" };

function stormChecks(outcome: Outcome): Check[] {
  const { storm: told, connections } = outcome.report;
  return [
    exactly("storm: dropped", connectionCount, told?.dropped),
    exactly("storm: back", connectionCount, told?.back),
    exactly("reconnects opened", connectionCount, connections.reconnects.opened),
    within("storm: all back, ms", 500, 4700, told?.backMs.all),
    within("descriptors left in the generator", 0, told?.generatorLeft?.fdsBefore ?? 0, told?.generatorLeft?.fdsAfter),
  ];
}

const storms: SelftestCase[] = [
  {
    name: "storm",
    proves: "all dropped by the generator and back within the window",
    isQuick: true,
    faults: [],
    scenario: { hold: "7s", storm },
    checks: (outcome) => [
      ...everything(outcome),
      ...stormChecks(outcome),
      exactly("planned closes", 2 * connectionCount, outcome.report.connections.byCause.planned),
    ],
  },
  {
    name: "storm-by-target",
    proves: "all reset by the target and back: reported by cause, excluded from the limits",
    isQuick: false,
    faults: [{ kind: "life.rst", at: betweenTicks(2500) }],
    scenario: { hold: "8s", storm: { ...storm, by: "target", after: "1s" } },
    checks: (outcome) => [
      ...everything(outcome),
      ...stormChecks(outcome),
      exactly("storm: closed by the target", connectionCount, outcome.report.storm?.closedByTarget),
      exactly("passes (1: yes)", 1, outcome.report.verdict === "pass" ? 1 : 0),
    ],
  },
];

const die: SelftestCase = {
  name: "die",
  proves: "the target kills itself: every open connection is counted as target-died",
  isQuick: false,
  faults: [{ kind: "life.die", at: betweenTicks(2500) }],
  checks: ({ report, account, events }) => [
    ...connectionChecks(report, account),
    ...pushChecks(report, account),
    ...equations(report),
    ...eventChecks(report, events),
    exactly("died with all open", connectionCount, account.died),
  ],
};

const freeze: SelftestCase = {
  name: "freeze-15s",
  proves: "a target frozen for 15 s: nothing closed, every push late by what it was",
  isQuick: false,
  faults: [{ kind: "life.freeze", ms: 15000, at: { ...betweenTicks(1500), phaseMs: 250 } }],
  scenario: { hold: "21s" },
  checks: (outcome) => [
    ...everything(outcome),
    ...latencyChecks(outcome.report, outcome.account, 1),
    exactly("closed unexpectedly", 0, outcome.report.connections.closedUnexpectedly),
    within("late", connectionCount * 14, connectionCount * 15, outcome.report.pushes?.late),
    within("latest push, ms", 14_000, 15_500, outcome.report.latencyMs.push?.max),
  ],
};

export const lifeCases: readonly SelftestCase[] = [churn, ...storms, silent, die, freeze];
