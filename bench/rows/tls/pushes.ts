/** Pushes over TLS: the client's delay in a burst, and its CPU per push. */
import { median } from "../../../clients/measure/statistics/median.ts";
import { digits, isAtMost, ratioText, spreadText } from "../../spread.ts";
import { usPerPush } from "../push-cpu.ts";
import { compete, type Entry, linesOf } from "./contest.ts";
import type { Part } from "./part.ts";

const burstMs = 4000;
const overTls = { server: "go", isSecure: true } as const;

export const burst: Part = {
  name: "burst",
  async run(order) {
    const connections = order.quick ? 1000 : 10_000;
    const path = `/push?intervalMs=${burstMs}&timing=burst`;
    const taken = await compete(
      {
        figure: "ms p99",
        entries: {
          "holdfast, kernel engine": { ...overTls, client: "holdfast" },
          "holdfast, portable engine (read clock)": {
            ...overTls,
            client: "holdfast",
            more: { engine: "portable" },
          },
          "ws (read clock)": { ...overTls, client: "ws" },
        },
        contest: { connections, intervalMs: burstMs, seconds: (2 * burstMs) / 1000 + 2, path },
        figureOf: ({ kernel, read, pushes }) => (pushes === 0 ? null : ((kernel ?? read)?.p99 ?? null)),
      },
      order,
    );
    const own = taken.get("holdfast, kernel engine") ?? [];
    const portable = median(taken.get("holdfast, portable engine (read clock)") ?? []);
    const load = connections.toLocaleString("en-US");
    return {
      lines: linesOf("write to receipt, p99 ms", `burst to ${load} every ${burstMs / 1000} s, target go`, taken),
      reaches: [
        {
          what: `p99 our client adds to a ${load}-connection wss burst, kernel clock`,
          goal: "<= 0.2 ms",
          measured: `${spreadText(own)} ms (portable: ${digits(portable)} ms)`,
          isReached: isAtMost(median(own), 0.2),
        },
      ],
      notes: [
        "Write to receipt: from the Go target's stamp, taken before it encrypts and writes, to the kernel's receive stamp, or to the reading where a client has no other clock. What the target's own threads wait for a CPU between stamp and write is in it.",
      ],
    };
  },
};

export const cpu: Part = {
  name: "cpu",
  async run(order) {
    const [connections, intervalMs, seconds] = order.quick ? [500, 100, 4] : [1000, 100, 20];
    const entries = {
      "holdfast, ws": { server: "go", isSecure: false, client: "holdfast" },
      "holdfast, wss": { ...overTls, client: "holdfast" },
      "ws over TLS": { ...overTls, client: "ws" },
    } as const satisfies Record<string, Entry>;
    const taken = await compete(
      {
        figure: "us a push",
        entries,
        contest: { connections, intervalMs, seconds, path: `/push?intervalMs=${intervalMs}` },
        figureOf: (outcome) => (outcome.pushes === 0 ? null : usPerPush(outcome)),
      },
      order,
    );
    const of = (name: keyof typeof entries): number[] => taken.get(name) ?? [];
    const secure = of("holdfast, wss");
    const reach = (beside: keyof typeof entries, what: string, most: number, goal: string) => ({
      what: `CPU a pushed message over wss to ${what}`,
      goal,
      measured: ratioText(secure, of(beside)),
      isReached: isAtMost(median(secure) / median(of(beside)), most),
    });
    return {
      lines: linesOf("CPU a pushed message, us", `${connections} connections every ${intervalMs} ms`, taken),
      reaches: [
        reach("holdfast, ws", "plain ws on the kernel engine", 2, "<= 2x"),
        reach("ws over TLS", "that of `ws` over TLS", 1 / 3, "<= 0.33x"),
      ],
      notes: [],
    };
  },
};
