/**
 * How late a push looks because of the client that reads it: one burst to many connections, from a pusher that stamps
 * each write.
 */

import { median } from "../../clients/measure/statistics/median.ts";
import { keepBusy } from "../busy.ts";
import { availableContenders, type Contender, contend, type Outcome, startPusher } from "../contender.ts";
import type { Answer, Order, Reach, Row } from "../row.ts";
import { inTurns, isAtMost, spreadText } from "../spread.ts";

const intervalMs = 4000;
const columns = ["connections", "client", "clock", "p50 ms", "p99 ms", "max ms"];

interface Setting {
  connections: number;
  isBusy: boolean;
}

/** Every contender in turn against one pusher. */
async function measure(
  { connections, isBusy }: Setting,
  contenders: readonly Contender[],
  { rounds, say }: Order,
): Promise<Map<Contender, Outcome[]>> {
  const pusher = await startPusher(intervalMs);
  const busy = isBusy ? keepBusy() : null;
  try {
    return await inTurns(contenders, rounds, async (name, round) => {
      const outcome = await contend(name, {
        connections,
        ports: [pusher.port],
        seconds: intervalMs / 1000 + 2,
        intervalMs,
      });
      say(
        `fidelity ${connections}${isBusy ? " busy" : ""} round ${round + 1}: ${name} p99 read ${outcome?.read?.p99.toFixed(2)} ms, kernel ${outcome?.kernel?.p99.toFixed(4) ?? "-"} ms`,
      );
      // A client that read no push has no delay to tell.
      return outcome === null || outcome.pushes === 0 ? null : outcome;
    });
  } finally {
    busy?.stop();
    pusher.stop();
  }
}

function linesOf({ connections, isBusy }: Setting, taken: Map<Contender, Outcome[]>): string[][] {
  const label = `${connections.toLocaleString("en-US")}${isBusy ? ", CPUs busy" : ""}`;
  return [...taken].flatMap(([name, outcomes]) =>
    (["kernel", "read"] as const).flatMap((clock) => {
      const delays = outcomes.flatMap((outcome) => outcome[clock] ?? []);
      if (delays.length === 0) return [];
      return [
        [
          label,
          name,
          clock,
          spreadText(delays.map(({ p50 }) => p50)),
          spreadText(delays.map(({ p99 }) => p99)),
          spreadText(delays.map(({ max }) => max)),
        ],
      ];
    }),
  );
}

const p99s = (taken: Map<Contender, Outcome[]>, name: Contender, clock: "kernel" | "read"): number[] =>
  (taken.get(name) ?? []).flatMap((outcome) => outcome[clock]?.p99 ?? []);

function reachOf({ connections, isBusy }: Setting, taken: Map<Contender, Outcome[]>): Reach {
  const own = p99s(taken, "holdfast", "kernel");
  const ws = median(p99s(taken, "ws", "read"));
  return {
    what: `p99 our client adds to a ${connections.toLocaleString("en-US")}-connection burst${isBusy ? " with every CPU busy" : ""}, kernel clock`,
    goal: "<= 0.1 ms",
    measured: `${spreadText(own)} ms (ws: ${ws.toFixed(1)} ms)`,
    isReached: isAtMost(median(own), 0.1),
  };
}

async function run(order: Order): Promise<Answer> {
  const { contenders, notes } = await availableContenders(["holdfast", "loop", "net", "ws"]);
  const sizes = order.quick ? [1000] : [1000, 5000, 10_000, 15_000];
  const settings: Setting[] = [
    ...sizes.map((connections) => ({ connections, isBusy: false })),
    { connections: order.quick ? 1000 : 10_000, isBusy: true },
  ];
  const lines: string[][] = [];
  const reaches: Reach[] = [];
  for (const setting of settings) {
    const taken = await measure(setting, contenders, order);
    lines.push(...linesOf(setting, taken));
    if (setting.connections >= 10_000 || order.quick) reaches.push(reachOf(setting, taken));
  }
  notes.push(
    "Kernel clock: from the pusher's stamp, taken just before its write, to the kernel's receive stamp. Read clock: to the client's reading.",
    "For holdfast the read rows are the generator gap (kernel stamp to reading): its read clock less the kernel row, which is microseconds.",
  );
  return { columns, lines, reaches, notes };
}

export const fidelity: Row = { name: "fidelity", title: "delay the client itself adds to a burst", minutes: 9, run };
