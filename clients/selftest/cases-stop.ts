/** Cases of runs that a limit ends before their plan does. */
import { betweenTicks, connectionCount, everything, type SelftestCase } from "./case.ts";
import { exactly, within } from "./check.ts";

export const stopCases: SelftestCase[] = [
  {
    name: "stop-early",
    proves: "a limit that is missed ends the run; what was done until then is counted exactly",
    isQuick: true,
    faults: [{ kind: "life.rst", every: 4, at: betweenTicks(1500) }],
    scenario: { hold: "60s", limits: [{ limit: "unexpectedCloseRatio <= 0.1", abort: true }] },
    checks: (outcome) => {
      const { report } = outcome;
      return [
        ...everything(outcome),
        exactly("stopped by the limit (1: yes)", 1, report.stoppedEarly?.limit === "unexpectedCloseRatio" ? 1 : 0),
        exactly("fails (1: yes)", 1, report.verdict === "fail" && report.state === "finished" ? 1 : 0),
        exactly("open until the end", connectionCount * 0.75, report.connections.byCause.interrupted),
        within("held, ms", 1000, 30_000, report.timing.heldMs),
      ];
    },
  },
];
