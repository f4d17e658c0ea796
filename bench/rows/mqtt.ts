/**
 * MQTT with mosquitto: memory and CPU per connected client compared with npm's `mqtt`, as many clients as several
 * brokers can take, and publishers to subscribers with every message accounted for.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { median } from "../../clients/measure/statistics/median.ts";
import { layOutGroups } from "../../clients/plan/groups.ts";
import type { Report } from "../../clients/report/model/report.ts";
import { executeOne } from "../../clients/run/executors.ts";
import { freePorts } from "../../clients/run/testing/listening.ts";
import { Mosquitto, noMosquitto } from "../../clients/run/testing/mosquitto.ts";
import { readScenario } from "../../clients/scenario/read-scenario.ts";
import type { RunScenario } from "../../clients/scenario/schema.ts";
import { contend, type Outcome } from "../contender.ts";
import { npmPackage } from "../npm-package.ts";
import type { Answer, Order, Reach, Row } from "../row.ts";
import { digits, inTurns, isAtLeast, isAtMost, ratioText, spreadText } from "../spread.ts";

type Client = "holdfast" | "mqtt";
type Taken = Map<Client, Outcome[]>;

const peerVersion = "5.16.0";
/** Published figures for emqtt-bench are 8 to 27 kB per client. */
const mostBytes = 614;
/** A broker is a single process and holds as many as its descriptors allow. */
const mostOfOne = 15_000;
const brokerLines = ["max_inflight_messages 0", "max_queued_messages 1000000"];

const many = (count: number): string => count.toLocaleString("en-US");

/** Starts a broker for each set of lines, which are added to its configuration. */
async function withBrokers<T>(more: readonly string[][], use: (brokers: Mosquitto[]) => Promise<T>): Promise<T> {
  const brokers: Mosquitto[] = [];
  try {
    for (const lines of more) brokers.push(await Mosquitto.start([...brokerLines, ...lines]));
    return await use(brokers);
  } finally {
    for (const broker of brokers) broker.stop();
  }
}

/** One run with its report; leaves nothing behind. */
async function runOnce(fields: Record<string, unknown>): Promise<Report> {
  const runsFolder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  try {
    const scenario = readScenario({ kind: "connections", ...fields }) as RunScenario;
    const signal = new AbortController().signal;
    const options = { runsFolder, watch: () => [], signal, allowedHosts: [], say: () => {} };
    return await executeOne(scenario, String(fields.target), options);
  } finally {
    rmSync(runsFolder, { recursive: true, force: true });
  }
}

/** Each client connects and subscribes to its own topic, with a new broker for every turn. */
const openOne = (client: Client, connections: number): Promise<Outcome | null> =>
  withBrokers([[]], ([broker]) =>
    contend(client, {
      connections,
      ports: [broker!.port],
      seconds: 3,
      intervalMs: 10_000,
      shards: 1,
      protocol: "mqtt",
    }),
  );

/** Connects per second of CPU time. */
const rates = (taken: Taken, client: Client, connections: number): number[] =>
  (taken.get(client) ?? []).map(({ openCpuMs }) => (connections * 1000) / openCpuMs);

/** Bytes per client from two sizes, which excludes a process's fixed memory. */
function slope([least, few]: readonly [number, Taken], [most, all]: readonly [number, Taken], client: Client): number {
  const total = (taken: Taken): number =>
    median((taken.get(client) ?? []).map(({ totalRssBytes = Number.NaN }) => totalRssBytes));
  return (total(all) - total(few)) / (most - least);
}

async function costOf(order: Order): Promise<Answer> {
  const peer = npmPackage("mqtt", peerVersion);
  const notes: string[] = [];
  const clients: Client[] = ["holdfast"];
  if ("missing" in peer) notes.push(`npm's mqtt was skipped: ${peer.missing}`);
  else {
    process.env.BENCH_PACKAGES = peer.folder;
    clients.push("mqtt");
  }
  const sizes = order.quick ? ([1000, 4000] as const) : ([2000, 10_000] as const);
  const taken: [number, Taken][] = [];
  for (const connections of sizes)
    taken.push([
      connections,
      await inTurns(clients, order.rounds, async (client, round) => {
        const outcome = await openOne(client, connections);
        const us = ((outcome?.openCpuMs ?? Number.NaN) * 1000) / connections;
        order.say(`mqtt ${many(connections)} round ${round + 1}: ${client}, ${digits(us)} us of CPU a connect`);
        return outcome;
      }),
    ]);
  const [small, large] = taken as [[number, Taken], [number, Taken]];
  const [own, theirs] = [rates(large[1], "holdfast", large[0]), rates(large[1], "mqtt", large[0])];
  const bytes = slope(small, large, "holdfast");
  return {
    columns: [],
    lines: clients.map((client) => [
      `${many(large[0])} clients that connect and subscribe, ${client === "mqtt" ? `npm mqtt ${peerVersion}` : client}`,
      `${spreadText(rates(large[1], client, large[0]))} connects a CPU-second`,
      `${digits(slope(small, large, client))} B a client`,
    ]),
    reaches: [
      {
        what: `memory a connected client, marginal (from ${many(small[0])} to ${many(large[0])} in one shard)`,
        goal: "<= 0.6 KB",
        measured: `${digits(bytes)} B`,
        isReached: isAtMost(bytes, mostBytes),
      },
      {
        what: "connects a CPU-second, to those of npm's mqtt",
        goal: ">= 3x",
        measured: ratioText(own, theirs),
        isReached: isAtLeast(median(own) / median(theirs), 3),
      },
    ],
    notes,
  };
}

async function manyOf(order: Order): Promise<Answer> {
  const connections = order.quick ? 3000 : 45_000;
  const processes = order.quick ? 2 : Math.ceil(connections / mostOfOne);
  // One name with one address per broker.
  const addresses = Array.from({ length: processes }, (_, i) => `127.0.0.${i + 2}`);
  const [port] = await freePorts(1);
  const { connections: counted, usage } = await withBrokers(
    addresses.map((address) => [`listener ${port} ${address}`]),
    () =>
      runOnce({
        target: `mqtt://brokers.test:${port}`,
        resolve: [`brokers.test:${port}:${addresses.join(",")}`],
        connections,
        shards: processes,
        rampPerSecond: 3000,
        hold: order.quick ? "5s" : "30s",
        mqtt: { topics: ["dev/{{index}}"], keepAlive: "10s" },
        timeouts: { connect: "60s", upgrade: "60s", close: "30s" },
      }),
  );
  order.say(`mqtt: ${many(counted.opened)} of ${many(connections)} open at ${processes} brokers`);
  const told = `${many(counted.opened)} opened, ${counted.refused} refused, ${counted.closedUnexpectedly} lost`;
  return {
    columns: [],
    lines: [
      [
        `${many(connections)} clients at ${processes} mosquitto processes, keep-alive 10 s`,
        told,
        `${digits(usage.generator.bytesPerConnection ?? Number.NaN)} B a client with the processes' own`,
      ],
    ],
    reaches: [
      {
        what: `clients held on mosquitto, over ${processes} processes of it and of ours`,
        goal: many(connections),
        measured: told,
        isReached: counted.opened === connections && counted.closedUnexpectedly === 0,
      },
    ],
    notes: [],
  };
}

/**
 * Assigns a room to every connection: a publisher shares one with its subscribers, and silent connections have a room
 * each to which nobody publishes.
 */
function writeRooms(file: string, sizes: readonly number[]): void {
  const [publishers = 1] = sizes;
  const roomSize = sizes.reduce((sum, size) => sum + size, 0) / publishers;
  const lines = ["room"];
  layOutGroups(sizes, (index, group) => lines.push(group === 2 ? `s${index}` : `r${Math.floor(index / roomSize)}`));
  writeFileSync(file, `${lines.join("\n")}\n`);
}

/** Publishers that each send ten messages per second to `each` subscribers of their topic; the others are only held. */
async function fanOf(order: Order, publishers: number, subscribers: number, each: number): Promise<Answer> {
  const seconds = order.quick ? 5 : 20;
  const publish = { every: "100ms", topic: "rooms/{{room}}", send: '{"id":"{{message}}"}', reaches: "room" };
  const topics = ["rooms/{{room}}"];
  const groups = [
    { name: "publishers", connections: publishers, topics: [], publish },
    { name: "subscribers", connections: publishers * each, topics },
    { name: "silent", connections: subscribers - publishers * each, topics },
  ].filter(({ connections }) => connections > 0);
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  const file = join(folder, "rooms.csv");
  writeRooms(
    file,
    groups.map(({ connections }) => connections),
  );
  const { conversation, trust, connections } = await withBrokers([[]], ([broker]) =>
    runOnce({
      target: broker!.url,
      rampPerSecond: 2000,
      hold: `${seconds}s`,
      shards: 2,
      data: { file },
      groups,
    }),
  ).finally(() => rmSync(folder, { recursive: true, force: true }));
  const [said] = conversation?.published ?? [];
  const { sent = 0, unsent = 0, due = 0, received = 0, lost = 0, duplicated = 0 } = said ?? {};
  const account = `${many(sent)} sent, ${unsent} unsent; ${many(due)} due = ${many(received)} received + ${lost} lost; ${duplicated} doubled`;
  const what = `${many(publishers)} publishers x 10 a second to ${many(subscribers)} subscribers, ${each} to a topic`;
  order.say(`mqtt: ${what}: ${account}`);
  return {
    columns: [],
    lines: [
      [
        what,
        account,
        `${digits(received / seconds)} deliveries a second, p99 ${digits(said?.latencyMs?.p99 ?? Number.NaN)} ms, read ${digits(trust.gapP99Ms ?? Number.NaN)} ms after the stamp`,
      ],
    ],
    // With several subscribers per topic this shows the machine's limit: messages the broker still holds at the end are
    // lost.
    reaches:
      each > 1
        ? []
        : [
            {
              what: `${what}: every message accounted for`,
              goal: "all sent, all received, none doubled",
              measured: account,
              isReached:
                connections.opened === publishers + subscribers &&
                sent > 0 &&
                unsent + lost + duplicated === 0 &&
                due === received,
            },
          ],
    notes: [],
  };
}

async function run(order: Order): Promise<Answer> {
  const columns = ["load", "counted", "figure"];
  if (noMosquitto !== false) {
    const unmeasured: Reach = { what: "MQTT", goal: "a broker", measured: "not measured", isReached: null };
    return { columns, lines: [], reaches: [unmeasured], notes: [noMosquitto] };
  }
  const [publishers, subscribers] = order.quick ? [100, 1000] : [1000, 10_000];
  const parts = [
    await costOf(order),
    await manyOf(order),
    await fanOf(order, publishers, subscribers, 1),
    await fanOf(order, publishers, subscribers, subscribers / publishers),
  ];
  return {
    columns,
    lines: parts.flatMap(({ lines }) => lines),
    reaches: parts.flatMap(({ reaches }) => reaches),
    notes: [
      ...parts.flatMap(({ notes }) => notes),
      "Brokers and clients share the machine, and what its processors can do bounds the deliveries a second. With one subscriber to a topic, the others hold a topic nobody publishes to.",
      "emqtt-bench is not among the contenders: neither Debian nor a package registry has it, and it is built from its repository. Its published figures are 8 to 27 kB a client.",
    ],
  };
}

export const mqtt: Row = {
  name: "mqtt",
  title: "MQTT: clients on mosquitto, publishers to subscribers",
  minutes: 8,
  run,
};
