/** Cases of clients that reconnect by policy: the target counts every opening, and so must the report. */
import { betweenTicks, connectionCount, everything, type Outcome, type SelftestCase } from "./case.ts";
import { type Check, exactly } from "./check.ts";

const reconnect = { after: "200ms", backoff: 2, jitter: 0.5, retries: 5 };

/**
 * Absences according to the target's account: each loss and each refusal of a first opening is one; `gaveUp` is the
 * number given up.
 */
function returns({ report, account }: Outcome, absences: number, gaveUp: number): Check[] {
  const { reconnect: told, connections } = report;
  return [
    exactly("absences", absences, told?.absences),
    exactly("back", absences - gaveUp, told?.back),
    exactly("gave up", gaveUp, told?.gaveUp),
    exactly("still disconnected at the end", 0, told?.stillAway),
    exactly(
      "first attempts and reconnects match what the target opened",
      account.opened,
      connections.opened + (told?.back ?? 0),
    ),
    exactly("samples of time away", absences - gaveUp, told?.awayMs?.count),
  ];
}

const ofCause = ({ account }: Outcome, ...causes: string[]): number =>
  causes.reduce((sum, cause) => sum + (account.ended[cause] ?? 0), 0);

export const reconnectCases: SelftestCase[] = [
  {
    name: "reconnect-mass-drop",
    proves: "all dropped at once and reconnected by the policy: the load returns to plan",
    isQuick: true,
    faults: [
      { kind: "life.close", code: 1012, every: 2, at: betweenTicks(1500) },
      { kind: "life.fin", every: 2, offset: 1, at: betweenTicks(1500) },
    ],
    scenario: { reconnect },
    checks: (outcome) => [
      ...everything(outcome),
      ...returns(outcome, connectionCount, 0),
      exactly("open until the end", connectionCount, outcome.report.connections.closedByPlan),
    ],
  },
  {
    name: "reconnect-waves",
    proves: "a share reset repeatedly: the load stays up",
    isQuick: false,
    faults: [{ kind: "life.rst", share: 0.1, at: { ...betweenTicks(1500), repeatMs: 1000, times: 4 } }],
    scenario: { hold: "8s", reconnect },
    checks: (outcome) => [...everything(outcome), ...returns(outcome, ofCause(outcome, "reset"), 0)],
  },
  {
    name: "reconnect-by-cause",
    proves: "clients that the policy excludes stay away, the others reconnect",
    isQuick: false,
    faults: [
      { kind: "life.close", code: 1008, every: 4, at: betweenTicks(1500) },
      { kind: "life.fin", every: 4, offset: 1, at: betweenTicks(1500) },
    ],
    scenario: { reconnect: { ...reconnect, causes: { "close-frame": { retries: 0 } } } },
    checks: (outcome) => [...everything(outcome), ...returns(outcome, connectionCount / 2, connectionCount / 4)],
  },
  {
    name: "reconnect-refused",
    proves: "refused clients try again; first attempts and reconnects are counted separately",
    isQuick: true,
    faults: [{ kind: "upgrade.reject", first: 20, status: 503 }],
    scenario: { reconnect },
    checks: (outcome) => [
      ...everything(outcome),
      ...returns(outcome, 20, 0),
      exactly("planned connections refused", 20, outcome.report.connections.refused),
      exactly("opened at the first attempt", connectionCount - 20, outcome.report.connections.opened),
    ],
  },
];
