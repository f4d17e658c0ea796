/** Cases of runs that a limit ends early. */
import type { Report } from "../report/model/report.ts";
import type { Account } from "./account.ts";
import { betweenTicks, connectionCount, intervalMs, type SelftestCase } from "./case.ts";
import { type Check, connectionChecks, equations, eventChecks, exactly, within } from "./check.ts";

/**
 * Pushes of the ticks up to the stop. A tick between the stop command and the last close may or may not count, but only
 * as a whole.
 */
function pushesToTheStop(report: Report, account: Account): Check {
  const endNs = report.timing.holdNs?.toNs ?? 0;
  const upTo = (toNs: number): number =>
    account.ticks.filter(({ dueNs }) => dueNs <= toNs).reduce((sum, { connections }) => sum + connections, 0);
  const [before, after] = [upTo(endNs), upTo(endNs + intervalMs * 1e6)];
  const received = report.pushes?.received;
  return exactly("pushes received", received === after ? after : before, received);
}

export const stopCases: SelftestCase[] = [
  {
    name: "stop-early",
    proves: "a missed limit stops the run; everything until then is counted exactly",
    isQuick: true,
    faults: [{ kind: "life.rst", every: 4, at: betweenTicks(1500) }],
    scenario: { hold: "60s", limits: [{ limit: "unexpectedCloseRatio <= 0.1", abort: true }] },
    checks: (outcome) => {
      const { report } = outcome;
      return [
        ...connectionChecks(report, outcome.account),
        ...equations(report),
        ...eventChecks(report, outcome.events),
        pushesToTheStop(report, outcome.account),
        exactly("pushes lost", 0, report.pushes?.lost),
        exactly("stopped by the limit (1: yes)", 1, report.stoppedEarly?.limit === "unexpectedCloseRatio" ? 1 : 0),
        exactly("fails (1: yes)", 1, report.verdict === "fail" && report.state === "finished" ? 1 : 0),
        exactly("open until the end", connectionCount * 0.75, report.connections.byCause.interrupted),
        within("held, ms", 1000, 30_000, report.timing.heldMs),
      ];
    },
  },
];
