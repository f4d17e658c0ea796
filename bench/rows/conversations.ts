/**
 * What talking costs: connections with a token each that open in two steps and beat, requests matched by id, rooms;
 * against the rehearsal target, whose own account the deliveries are held against. And that a run without a
 * conversation pays nothing for it.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { median } from "../../clients/measure/statistics/median.ts";
import type { Report } from "../../clients/report/model/report.ts";
import { executeOne } from "../../clients/run/executors.ts";
import { readScenario } from "../../clients/scenario/read-scenario.ts";
import type { RunScenario } from "../../clients/scenario/schema.ts";
import { contend, startPusher } from "../contender.ts";
import type { Answer, Order, Reach, Row } from "../row.ts";
import { digits, inTurns, ratioText } from "../spread.ts";
import { usPerPush } from "./push-cpu.ts";

const auth = [
  { send: '{"t":"auth","token":"{{token}}","room":"{{room}}"}' },
  { expect: { json: { t: "welcome" } }, take: { session: "json:session" }, within: "60s" },
];
const beat = { every: "25s", send: '{"t":"ping"}', answer: { json: { t: "pong" } } };
const ask = {
  name: "ask",
  every: "1s",
  send: '{"t":"ask","id":"{{message}}"}',
  answer: { json: { t: "answer", id: "{{message}}" } },
};
const say = '{"t":"say","room":"{{room}}","id":{{message}}}';

/** One run against the rehearsal target, its report, and how many deliveries the target's account has. */
async function talk(
  fields: Record<string, unknown>,
  connections: number,
): Promise<{ report: Report; delivered: number }> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  try {
    const [faults, file] = [join(folder, "talk.json"), join(folder, "users.csv")];
    writeFileSync(faults, '{"talk":{"token":"k"}}\n');
    writeFileSync(
      file,
      `token\n${Array.from({ length: connections }, (_, i) => `k${i}-0123456789abcdef0123456789abcdef`).join("\n")}\n`,
    );
    const values = fields.conversation === undefined ? {} : { data: { file }, faults };
    const scenario = readScenario({
      kind: "connections",
      target: "rehearsal",
      rampPerSecond: 2000,
      push: { interval: "5s" },
      ...values,
      ...fields,
    }) as RunScenario;
    const options = {
      runsFolder: folder,
      watch: () => [],
      signal: new AbortController().signal,
      allowedHosts: [],
      say: () => {},
    };
    const report = await executeOne(scenario, "rehearsal", options);
    return { report, delivered: deliveriesIn(join(folder, report.run)) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** From the summary that closes the target's account. */
function deliveriesIn(folder: string): number {
  const lines = readdirSync(folder)
    .filter((name) => /^account-.*\.ndjson$/.test(name))
    .flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n"));
  const summary = lines.find((line) => line.includes('"what":"summary"'));
  return summary === undefined
    ? Number.NaN
    : ((JSON.parse(summary) as { talk?: { deliveries?: number } }).talk?.deliveries ?? 0);
}

const bytesOf = ({ usage }: Report): number => usage.generator.bytesPerConnection ?? Number.NaN;
const counted = ({ connections }: Report): string =>
  `${connections.opened.toLocaleString("en-US")} opened, ${connections.closedUnexpectedly} lost`;

/** Bytes a connection between two sizes: what a process has anyhow, its compiled code too, is in neither. */
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
      isReached: Number.isFinite(talking.bytes) ? talking.bytes <= 1229 : null,
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
      isReached: Number.isFinite(lag) ? lag <= 2 : null,
    },
  };
}

async function roomsOf(rooms: number, holdSeconds: number): Promise<{ lines: string[][]; reach: Reach[] }> {
  const size = 100;
  const groups = [
    { name: "speakers", connections: rooms, publish: { every: "1s", reaches: "room", send: say } },
    { name: "listeners", connections: rooms * (size - 1) },
  ];
  const fields = {
    hold: `${holdSeconds}s`,
    vars: { room: `r{{index / ${size}}}` },
    groups,
    conversation: { opening: auth },
  };
  const { report, delivered } = await talk(fields, rooms * size);
  const [said] = report.conversation?.published ?? [];
  const perMinute = ((said?.received ?? 0) / holdSeconds) * 60;
  const gap = report.trust.gapP99Ms ?? Number.NaN;
  return {
    lines: [
      [
        `${rooms} rooms of ${size}, ${rooms} publishers each second`,
        `${said?.due} due = ${said?.received} received + ${said?.lost} lost; the target delivered ${delivered}`,
        `p99 ${digits(said?.latencyMs?.p99 ?? Number.NaN)} ms, last receiver ${digits(said?.lastReceiverMs?.p99 ?? Number.NaN)} ms, read ${digits(gap)} ms after the stamp`,
      ],
    ],
    reach: [
      {
        what: "published messages: deliveries counted by us and by the target",
        goal: "equal",
        measured: `${said?.received} and ${delivered}`,
        isReached: said?.received === delivered,
      },
      {
        what: "deliveries a minute, the target on the same machine",
        goal: ">= 1,000,000 (asked of 200 rooms)",
        measured: digits(perMinute),
        isReached: null,
      },
    ],
  };
}

/** CPU a push against another build of Holdfast, where one is named: a run without a conversation. */
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
      reach: { what, goal, measured: ratioText(now, then), isReached: median(now) / median(then) <= 1.03 },
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
  const rooms = await roomsOf(quick ? 10 : 100, quick ? 5 : 30);
  const same = await unchanged(order);
  return {
    columns: ["load", "counted", "figure"],
    lines: [...memory.lines, ...requests.lines, ...rooms.lines],
    reaches: [memory.reach, requests.reach, ...rooms.reach, same.reach],
    notes: [
      ...same.notes,
      "The rehearsal target, a single Node process, shares the machine: its own queue is in the latencies of rooms and requests.",
    ],
  };
}

export const conversations: Row = {
  name: "conversations",
  title: "connections that talk: memory, send lag, fan-out",
  minutes: 8,
  run,
};
