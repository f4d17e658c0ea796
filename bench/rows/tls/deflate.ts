/** permessage-deflate: memory per connection and CPU per message, with a shared window and with one per connection. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { median } from "../../../clients/measure/statistics/median.ts";
import { type Contender, contend } from "../../contender.ts";
import type { Order } from "../../row.ts";
import { digits, inTurns, isAtMost, ratioText, spreadText } from "../../spread.ts";
import { usPerPush } from "../push-cpu.ts";
import type { Part } from "./part.ts";

const program = fileURLToPath(new URL("../../peers/deflate-server.js", import.meta.url));
const bytes = 1000;

const entries = {
  ws: { client: "ws", beginsAnew: true },
  "holdfast, one window for all": { client: "holdfast", beginsAnew: true },
  "holdfast, a window each": { client: "holdfast", beginsAnew: false },
} as const satisfies Record<string, { client: Contender; beginsAnew: boolean }>;
type Name = keyof typeof entries;

/** Bytes per connection, and microseconds of CPU per message; null when there were none. */
async function measure(name: Name, { quick, say }: Order, round: number) {
  const { client, beginsAnew } = entries[name];
  const intervalMs = 1000;
  const server = fork(program, [JSON.stringify({ intervalMs, bytes, beginsAnew })], { stdio: "inherit" });
  try {
    const [{ port }] = (await once(server, "message")) as [{ port: number }];
    const connections = quick ? 300 : 2000;
    const contest = { connections, ports: [port], intervalMs, seconds: quick ? 4 : 15, shards: 1, compression: true };
    const outcome = await contend(client, contest);
    if (outcome === null || outcome.pushes === 0) return null;
    const figures = { bytes: outcome.rssBytes / connections, us: usPerPush(outcome) };
    say(`tls round ${round + 1}: ${name}: ${digits(figures.bytes)} B a connection, ${digits(figures.us)} us a message`);
    return figures;
  } finally {
    server.disconnect();
  }
}

async function run(order: Order): ReturnType<Part["run"]> {
  const names = Object.keys(entries) as Name[];
  const taken = await inTurns(names, order.rounds, (name, round) => measure(name, order, round));
  const of = (name: Name, figure: "bytes" | "us"): number[] => (taken.get(name) ?? []).map((all) => all[figure]);
  const load = `${order.quick ? 300 : 2000} connections, ${bytes} bytes compressed each second`;
  const lines = (
    [
      ["memory beyond the base, B", "bytes"],
      ["CPU a compressed message, us", "us"],
    ] as const
  ).flatMap(([what, figure]) =>
    names.map((name) => [
      what,
      load,
      name,
      spreadText(of(name, figure)),
      ratioText(of(name, figure), of("ws", figure)),
    ]),
  );
  const shared = "holdfast, one window for all";
  return {
    lines,
    reaches: [
      {
        what: "memory a connection with permessage-deflate and one window for all, to a window each",
        goal: "<= 0.33x",
        measured: ratioText(of(shared, "bytes"), of("holdfast, a window each", "bytes")),
        isReached: isAtMost(median(of(shared, "bytes")) / median(of("holdfast, a window each", "bytes")), 1 / 3),
      },
      {
        what: "CPU a compressed message to that of ws",
        goal: "<= 0.5x",
        measured: ratioText(of(shared, "us"), of("ws", "us")),
        isReached: isAtMost(median(of(shared, "us")) / median(of("ws", "us")), 1 / 2),
      },
    ],
    notes: ["The server of compressed messages is `ws`; it agrees to server_no_context_takeover, or does not."],
  };
}

export const deflate: Part = { name: "deflate", run };
