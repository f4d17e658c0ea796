/** Client CPU time per push: steady small bursts, and rare large ones. Includes idle cost between them. */

import { median } from "../../clients/measure/statistics/median.ts";
import { availableContenders, type Contender, contend, type Outcome, startPusher } from "../contender.ts";
import { startGo } from "../go-server.ts";
import type { Answer, Order, Reach, Row } from "../row.ts";
import { inTurns, isAtMost, ratioText, spreadText } from "../spread.ts";

interface Load {
  name: string;
  /** Pushes come from the Go target instead of the reference pusher. */
  isGo: boolean;
  connections: number;
  intervalMs: number;
  seconds: number;
}

/**
 * Long enough that compilation in the first seconds (docs/decisions/010) hardly matters for any client; the last is the
 * main use case itself.
 */
const usual: Load[] = [
  { name: "steady: 1,000 connections every 0.1 s", isGo: false, connections: 1000, intervalMs: 100, seconds: 20 },
  { name: "burst: 10,000 connections every 2 s", isGo: false, connections: 10_000, intervalMs: 2000, seconds: 30 },
  {
    name: "target go, burst: 10,000 connections every 2 s",
    isGo: true,
    connections: 10_000,
    intervalMs: 2000,
    seconds: 30,
  },
  {
    name: "target go, the main job's burst: 10,000 connections every 10 s",
    isGo: true,
    connections: 10_000,
    intervalMs: 10_000,
    seconds: 60,
  },
];
const small: Load[] = [
  { name: "steady: 500 connections every 0.1 s", isGo: false, connections: 500, intervalMs: 100, seconds: 3 },
];

/** Microseconds of CPU time per push. */
export const usPerPush = ({ pushCpuMs, pushes }: Outcome): number => (pushCpuMs * 1000) / pushes;

/** Null when the load's server cannot run here. */
async function measure(
  load: Load,
  contenders: readonly Contender[],
  { rounds, say }: Order,
  notes: string[],
): Promise<Map<Contender, number[]> | null> {
  const pusher = load.isGo ? await startGo(say) : await startPusher(load.intervalMs);
  if (typeof pusher === "string") {
    notes.push(`${load.name} was skipped: ${pusher}`);
    return null;
  }
  const path = load.isGo ? `/push?intervalMs=${load.intervalMs}` : "/push";
  try {
    return await inTurns(contenders, rounds, async (name, round) => {
      const outcome = await contend(name, { ...load, ports: [pusher.port], path });
      const us = outcome === null || outcome.pushes === 0 ? null : usPerPush(outcome);
      say(`push-cpu ${load.name} round ${round + 1}: ${name} ${us?.toFixed(2)} us a push`);
      return us;
    });
  } finally {
    await pusher.stop();
  }
}

function reachesOf(load: Load, taken: Map<Contender, number[]>): Reach[] {
  const own = taken.get("holdfast") ?? [];
  const [loop = [], ws = []] = [taken.get("loop"), taken.get("ws")];
  return [
    {
      what: `CPU per pushed message to the C loop's, ${load.name}`,
      goal: "<= 1.5x",
      measured: ratioText(own, loop),
      isReached: isAtMost(median(own) / median(loop), 1.5),
    },
    {
      what: `CPU per pushed message to that of ws, ${load.name}`,
      goal: "<= 0.33x",
      measured: ratioText(own, ws),
      isReached: isAtMost(median(own) / median(ws), 1 / 3),
    },
  ];
}

async function run(order: Order): Promise<Answer> {
  const { contenders, notes } = await availableContenders(["holdfast", "loop", "net", "ws"]);
  const lines: string[][] = [];
  const reaches: Reach[] = [];
  for (const load of order.quick ? small : usual) {
    const taken = await measure(load, contenders, order, notes);
    if (taken === null) continue;
    for (const [name, values] of taken) {
      lines.push([
        load.name,
        name,
        spreadText(values),
        ratioText(values, taken.get("loop") ?? []),
        ratioText(values, taken.get("ws") ?? []),
      ]);
    }
    reaches.push(...reachesOf(load, taken));
  }
  notes.push(
    "User and system time of the client's processes over the whole hold divided by the pushes read in it: timers, reports and idle turns are included.",
  );
  return { columns: ["load", "client", "us a push", "to the C loop", "to ws"], lines, reaches, notes };
}

export const pushCpu: Row = { name: "push-cpu", title: "CPU per pushed message", minutes: 20, run };
