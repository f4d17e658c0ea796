/**
 * The cost of conversations: connections that authenticate with a token in two steps and send heartbeats, requests
 * matched by id, and rooms; against the rehearsal target, whose account verifies the deliveries. Also checks that a run
 * without a conversation pays nothing for the feature.
 */
import { median } from "../../clients/measure/statistics/median.ts";
import type { Report } from "../../clients/report/model/report.ts";
import { contend, startPusher } from "../contender.ts";
import { auth, beat, say, talk } from "../peers/talking.ts";
import type { Answer, Order, Reach, Row } from "../row.ts";
import { digits, inTurns, isAtLeast, isAtMost, ratioText } from "../spread.ts";
import { usPerPush } from "./push-cpu.ts";

const ask = {
  name: "ask",
  every: "1s",
  send: '{"t":"ask","id":"{{message}}"}',
  answer: { json: { t: "answer", id: "{{message}}" } },
};
const bytesOf = ({ usage }: Report): number => usage.generator.bytesPerConnection ?? Number.NaN;
const counted = ({ connections }: Report): string =>
  `${connections.opened.toLocaleString("en-US")} opened, ${connections.closedUnexpectedly} lost`;

/** Bytes per connection from two sizes, which excludes a process's fixed memory, such as compiled code. */
async function marginalOf(
  fields: Record<string, unknown>,
  [least, most]: readonly [number, number],
): Promise<{ report: Report; bytes: number }> {
  const small = await talk({ ...fields, connections: least }, least);
  const large = await talk({ ...fields, connections: most }, most);
  return {
    report: large.report,
    bytes: (bytesOf(large.report) * most - bytesOf(small.report) * least) / (most - least),
  };
}

async function memoryOf(
  sizes: readonly [number, number],
  holdSeconds: number,
): Promise<{ lines: string[][]; reach: Reach }> {
  const base = { shards: 1, hold: `${holdSeconds}s` };
  const silent = await marginalOf(base, sizes);
  const talking = await marginalOf(
    { ...base, vars: { room: "r{{index / 100}}" }, conversation: { opening: auth, beats: [beat] } },
    sizes,
  );
  const [beats] = talking.report.conversation?.beats ?? [];
  const many = sizes[1].toLocaleString("en-US");
  return {
    lines: [
      [`${many} that only listen`, counted(silent.report), `${digits(silent.bytes)} B a connection`],
      [
        `${many} with a token, two steps, a beat every 25 s`,
        `${counted(talking.report)}; ${beats?.answered ?? 0} beats answered, ${beats?.lost ?? 0} lost`,
        `${digits(talking.bytes)} B a connection`,
      ],
    ],
    reach: {
      what: `generator memory per connection that talks, marginal (from ${sizes[0].toLocaleString("en-US")} to ${many} in one shard)`,
      goal: "<= 1.2 KB",
      measured: `${digits(talking.bytes)} B (${digits(silent.bytes)} B where they only listen)`,
      isReached: isAtMost(talking.bytes, 1229),
    },
  };
}

async function requestsOf(connections: number, holdSeconds: number): Promise<{ lines: string[][]; reach: Reach }> {
  const { report } = await talk(
    { connections, hold: `${holdSeconds}s`, vars: { room: "r" }, conversation: { opening: auth, requests: [ask] } },
    connections,
  );
  const [asked] = report.conversation?.requests ?? [];
  const lag = asked?.sendLagMs?.p99 ?? Number.NaN;
  const fates = `${asked?.due} due = ${asked?.answered} answered + ${asked?.late} late + ${asked?.lost} lost + ${asked?.unsent} unsent`;
  return {
    lines: [
      [
        `${connections.toLocaleString("en-US")} connections, a request a second each`,
        fates,
        `send lag p99 ${digits(lag)} ms`,
      ],
    ],
    reach: {
      what: "own send lag of requests, p99",
      goal: "<= 2 ms",
      measured: `${digits(lag)} ms`,
      isReached: isAtMost(lag, 2),
    },
  };
}

/** Rooms of a hundred with one publisher each. */
async function roomsOf(
  rooms: number,
  everyMs: number,
  holdSeconds: number,
): Promise<{ line: string[]; reach: Reach[] }> {
  const size = 100;
  const groups = [
    { name: "speakers", connections: rooms, publish: { every: `${everyMs}ms`, reaches: "room", send: say } },
    { name: "listeners", connections: rooms * (size - 1) },
  ];
  const fields = {
    hold: `${holdSeconds}s`,
    // The publishers have the lowest numbers: one in each room.
    vars: { room: `r{{index % ${rooms}}}` },
    groups,
    conversation: { opening: auth },
  };
  const { report, delivered } = await talk(fields, rooms * size);
  const [said] = report.conversation?.published ?? [];
  const asked = rooms * (size - 1) * (60_000 / everyMs);
  const perMinute = ((said?.received ?? 0) / holdSeconds) * 60;
  const gap = report.trust.gapP99Ms ?? Number.NaN;
  return {
    line: [
      `${rooms} rooms of ${size}, a publisher in each every ${everyMs} ms`,
      `${said?.due} due = ${said?.received} received + ${said?.lost} lost; the target delivered ${delivered}`,
      `p99 ${digits(said?.latencyMs?.p99 ?? Number.NaN)} ms, last receiver ${digits(said?.lastReceiverMs?.p99 ?? Number.NaN)} ms, read ${digits(gap)} ms after the stamp`,
    ],
    reach: [
      {
        what: `published every ${everyMs} ms to ${rooms} rooms: deliveries counted by us and by the target`,
        goal: "equal, none lost",
        measured: `${said?.received} and ${delivered}`,
        isReached: said?.received === delivered && said?.lost === 0,
      },
      {
        what: `deliveries a minute, every ${everyMs} ms to ${rooms} rooms, the target on the same machine`,
        goal: asked >= 1e6 ? ">= 1,000,000" : `the ${digits(asked)} that are asked for`,
        measured: digits(perMinute),
        isReached: isAtLeast(perMinute, Math.min(asked * 0.99, 1e6)),
      },
    ],
  };
}

/** CPU per push compared with another build of Holdfast, if given, for a run without a conversation. */
async function unchanged(order: Order): Promise<{ reach: Reach; notes: string[] }> {
  const before = process.env.HOLDFAST_BEFORE;
  const what = "CPU a push without a conversation, to an earlier build's";
  const goal = "<= 1.03x";
  if (before === undefined)
    return {
      reach: { what, goal, measured: "not measured", isReached: null },
      notes: ["HOLDFAST_BEFORE names an earlier checkout, built, to compare with."],
    };
  const pusher = await startPusher(100);
  try {
    const contest = {
      connections: order.quick ? 500 : 1000,
      ports: [pusher.port],
      seconds: order.quick ? 5 : 20,
      intervalMs: 100,
    };
    const taken = await inTurns(["now", "before"] as const, order.rounds, async (name, round) => {
      const outcome = await contend("holdfast", { ...contest, ...(name === "before" ? { checkout: before } : {}) });
      const us = outcome === null ? null : usPerPush(outcome);
      order.say(`conversations, without any, round ${round + 1}: ${name} ${us?.toFixed(2)} us a push`);
      return us;
    });
    const [now = [], then = []] = [taken.get("now"), taken.get("before")];
    return {
      reach: { what, goal, measured: ratioText(now, then), isReached: isAtMost(median(now) / median(then), 1.03) },
      notes: [],
    };
  } finally {
    await pusher.stop();
  }
}

async function run(order: Order): Promise<Answer> {
  const { quick } = order;
  const memory = await memoryOf(quick ? [500, 2000] : [2000, 10_000], quick ? 5 : 60);
  order.say(`conversations: ${memory.reach.measured}`);
  const requests = await requestsOf(quick ? 500 : 5000, quick ? 5 : 30);
  order.say(`conversations: requests, send lag p99 ${requests.reach.measured}`);
  const rooms = [];
  for (const everyMs of [1000, 500]) {
    const told = await roomsOf(quick ? 10 : 100, everyMs, quick ? 5 : 60);
    order.say(`conversations: ${told.line.join("; ")}`);
    rooms.push(told);
  }
  const same = await unchanged(order);
  return {
    columns: ["load", "counted", "figure"],
    lines: [...memory.lines, ...requests.lines, ...rooms.map(({ line }) => line)],
    reaches: [memory.reach, requests.reach, ...rooms.flatMap(({ reach }) => reach), same.reach],
    notes: [
      ...same.notes,
      "The rehearsal target, a single Node process, shares the machine: its own queue is in the latencies of rooms and requests. What our client adds to a delivery by the kernel's clock is measured by the row fidelity, on the same receive path.",
    ],
  };
}

export const conversations: Row = {
  name: "conversations",
  title: "connections that talk: memory, send lag, fan-out",
  minutes: 11,
  run,
};
