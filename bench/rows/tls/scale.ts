/** As many wss connections as the main use case requires, on three replicas of target go. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { executeOne } from "../../../clients/run/executors.ts";
import { readScenario } from "../../../clients/scenario/read-scenario.ts";
import type { ConnectionsScenario } from "../../../clients/scenario/schema.ts";
import { digits } from "../../spread.ts";
import type { Part } from "./part.ts";

export const scale: Part = {
  name: "scale",
  async run({ quick, say }) {
    const connections = quick ? 3000 : 45_000;
    const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
    const scenario = readScenario({
      kind: "connections",
      target: "go",
      tls: { serve: true },
      replicas: 3,
      connections,
      rampPerSecond: 600,
      hold: quick ? "5s" : "30s",
      push: { interval: quick ? "2s" : "10s" },
      timeouts: { connect: "60s", upgrade: "60s" },
    }) as ConnectionsScenario;
    try {
      const report = await executeOne(scenario, "go", {
        runsFolder: folder,
        watch: () => [],
        signal: new AbortController().signal,
        allowedHosts: [],
        say,
      });
      const { connections: counts, pushes, verdict, latencyMs, tls, reasons } = report;
      const { planned, opened, refused, notAttempted, closedUnexpectedly } = counts;
      const { due = 0, received = 0, lost = 0 } = pushes ?? {};
      const isExact = planned === opened + refused + notAttempted && due === received + lost && pushes !== null;
      const name = planned.toLocaleString("en-US");
      const load = `${name} wss connections on go, 3 replicas`;
      const figures: [string, string][] = [
        ["opened, closed unexpectedly", `${opened.toLocaleString("en-US")}, ${closedUnexpectedly}`],
        ["handshakes, failed", `${tls?.handshakes.toLocaleString("en-US")}, ${tls?.failed}`],
        ["handshake p99, ms", digits(latencyMs.connectTls?.p99 ?? Number.NaN)],
        ["due = received + lost", `${due} = ${received} + ${lost}`],
        ["push p99, delivery p99, ms", `${digits(latencyMs.push?.p99 ?? 0)}, ${digits(latencyMs.delivery?.p99 ?? 0)}`],
        ["verdict", `${verdict}${reasons.map(({ text }) => `; ${text}`).join("")}`],
      ];
      return {
        lines: figures.map(([what, figure]) => [what, load, "holdfast", figure, "-"]),
        reaches: [
          {
            what: load,
            goal: "all opened, counts exact, pass or a truthful fail",
            measured: `${opened.toLocaleString("en-US")} opened, counts ${isExact ? "exact" : "off"}, ${verdict}`,
            isReached: opened === planned && isExact && (verdict === "pass" || verdict === "fail"),
          },
        ],
        notes: [],
      };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
