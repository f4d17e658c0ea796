/** How fast one process opens WebSockets, and the cost of each, with the same servers. */

import { readCpuMs } from "../../clients/measure/host/process-files.ts";
import { median } from "../../clients/measure/statistics/median.ts";
import { availableContenders, type Contender, contend, type Pusher, startPusher } from "../contender.ts";
import { startGo } from "../go-server.ts";
import type { Answer, Order, Reach, Row } from "../row.ts";
import { digits, inTurns, isAtLeast, ratioText, spreadText } from "../spread.ts";

/** One contender's turn. CPU in microseconds per connection. */
interface Opening {
  perSecond: number;
  clientUs: number;
  serverUs: number;
}

async function measure(
  server: string,
  pusher: Pusher,
  contenders: readonly Contender[],
  order: Order,
): Promise<Map<Contender, Opening[]>> {
  const connections = order.quick ? 1000 : 10_000;
  try {
    return await inTurns(contenders, order.rounds, async (name, round) => {
      const before = readCpuMs(pusher.pid);
      const outcome = await contend(name, {
        connections,
        ports: [pusher.port],
        seconds: 3,
        intervalMs: 10_000,
        shards: 1,
      });
      if (outcome === null) return null;
      const opening = {
        perSecond: connections / (outcome.openMs / 1000),
        clientUs: (outcome.openCpuMs * 1000) / connections,
        serverUs: ((readCpuMs(pusher.pid) - before) * 1000) / connections,
      };
      order.say(
        `connect ${server} round ${round + 1}: ${name} ${digits(opening.perSecond)} a second, ${digits(opening.clientUs)} us each`,
      );
      return opening;
    });
  } finally {
    await pusher.stop();
  }
}

const rates = (taken: Map<Contender, Opening[]>, name: Contender): number[] =>
  (taken.get(name) ?? []).map(({ perSecond }) => perSecond);

function linesOf(server: string, taken: Map<Contender, Opening[]>): string[][] {
  return [...taken].map(([name, all]) => [
    server,
    name,
    spreadText(all.map(({ perSecond }) => perSecond)),
    ratioText(rates(taken, name), rates(taken, "ws")),
    spreadText(all.map(({ clientUs }) => clientUs)),
    spreadText(all.map(({ serverUs }) => serverUs)),
  ]);
}

const reachOf = (server: string, taken: Map<Contender, Opening[]>): Reach => ({
  what: `connections opened per second by one shard process to those of ws, ${server}`,
  goal: ">= 3x",
  measured: ratioText(rates(taken, "holdfast"), rates(taken, "ws")),
  isReached: isAtLeast(median(rates(taken, "holdfast")) / median(rates(taken, "ws")), 3),
});

async function run(order: Order): Promise<Answer> {
  const { contenders, notes } = await availableContenders(["holdfast", "loop", "net", "ws"]);
  const reference = await measure("reference pusher", await startPusher(10_000), contenders, order);
  const lines = linesOf("reference pusher", reference);
  const reaches = [reachOf("reference pusher", reference)];
  const go = await startGo(order.say);
  if (typeof go === "string") notes.push(`The Go target was skipped: ${go}`);
  else {
    const taken = await measure("target go", go, contenders, order);
    lines.push(...linesOf("target go", taken));
    const own = taken.get("holdfast") ?? [];
    const [client, server] = [median(own.map(({ clientUs }) => clientUs)), median(own.map(({ serverUs }) => serverUs))];
    reaches.push(reachOf("target go", taken), {
      what: "CPU per connection, our shard to the Go target's",
      goal: "< 1x: the target is the bottleneck",
      measured: `${digits(client)} us to ${digits(server)} us`,
      isReached: client < server,
    });
  }
  notes.push(
    "Holdfast, net and ws keep up to 512, 64 and 64 connects in flight; the C loop opens one after another. Client and server share the machine's CPUs.",
    "The server's CPU includes one burst and the ends of the connections.",
  );
  const columns = ["server", "client", "opened a second", "to ws", "client CPU us each", "server CPU us each"];
  return { columns, lines, reaches, notes };
}

export const connect: Row = {
  name: "connect",
  title: "connections opened per second, and CPU for each",
  minutes: 4,
  run,
};
