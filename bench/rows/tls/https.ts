/** HTTPS requests compared with wrk, autocannon and k6, where available. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBuiltIn } from "../../go-server.ts";
import { digits, inTurns, spreadText } from "../../spread.ts";
import { availableClients, httpClients } from "../api.ts";
import { linesOf } from "./contest.ts";
import { type Part, skipped } from "./part.ts";

export const https: Part = {
  name: "https",
  async run(order) {
    const server = await startBuiltIn("go", order.say, { isSecure: true });
    if (typeof server === "string") return skipped("https", server);
    const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
    const url = `https://127.0.0.1:${server.port}/healthz`;
    const p99s = new Map<string, number[]>();
    try {
      const { names, notes } = await availableClients(order.say);
      const rates = await inTurns(names, order.rounds, async (name, round) => {
        const task = { url, seconds: order.quick ? 2 : 10, processes: 1, folder, authority: server.authority ?? null };
        const { qps, p99Ms } = await httpClients[name](task);
        order.say(`tls https round ${round + 1}: ${name} ${digits(qps)} a second, p99 ${digits(p99Ms)} ms`);
        p99s.set(name, [...(p99s.get(name) ?? []), p99Ms]);
        return qps;
      });
      const load = "100 connections, one process, target go";
      return {
        lines: [
          ...linesOf("https requests a second", load, rates),
          ...[...p99s].map(([name, values]) => ["https p99, ms", load, name, spreadText(values), "-"]),
        ],
        reaches: [],
        notes,
      };
    } finally {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
