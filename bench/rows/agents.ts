/**
 * Runs over three agents under all faults of bench/agents-stage.ts: the counts must still add up. Once with a target in
 * each network, once with one shared target whose rooms span the agents.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Report } from "../../clients/report/model/report.ts";
import { usableTarget } from "../../clients/run/prepare/choose-target.ts";
import { fillCommand } from "../../clients/target/manifest.ts";
import { agents, Processes, runThrough, type Stage, type Trial } from "../agents-stage.ts";
import { freePort } from "../contender.ts";
import { Networks } from "../networks.ts";
import { auth, deliveriesIn, say as spoken } from "../peers/talking.ts";
import type { Answer, Order, Reach, Row } from "../row.ts";
import { hasCommand } from "../tools.ts";

const targetPort = 8080;
const pushed = (host: string): string =>
  `ws://${host}:${targetPort}/push?intervalMs=5000&bytes=100&timing=burst&group=0`;

/** The command of a built-in target that listens on an address. */
async function commandOf(
  name: "go" | "rehearsal",
  host: string,
  { say, folder: faultFolder }: Stage,
): Promise<string[]> {
  const { folder, start } = await usableTarget(name, say);
  const fields = {
    host,
    port: String(targetPort),
    tcpPort: String(targetPort + 1),
    redis: "",
    faults: join(faultFolder, "faults.json"),
    account: join(faultFolder, "account-rehearsal.ndjson"),
  };
  const [program = "", ...words] = fillCommand(start, fields);
  const inFolder = (word: string): string => (word.startsWith("..") ? join(folder, word) : word);
  return [program.startsWith("/") ? program : join(folder, program), ...words.map(inFolder)];
}

const apart: Trial = {
  async startTargets(stage) {
    const command = await commandOf("go", stage.networks.own, stage);
    stage.processes.start(command);
    for (const network of stage.networks.each) stage.processes.start(network.within(command));
  },
  scenario: ({ networks }, connections) => ({ target: pushed(networks.own), connections, push: { interval: "5s" } }),
};

const roomSize = 90;
const together: Trial = {
  async startTargets(stage) {
    writeFileSync(join(stage.folder, "faults.json"), '{"talk":{"token":"k"}}\n');
    stage.processes.start(await commandOf("rehearsal", stage.networks.shared, stage));
  },
  scenario({ networks }, connections) {
    const rooms = connections / roomSize;
    return {
      target: pushed(networks.shared),
      push: { interval: "5s" },
      vars: { token: "k{{index}}", room: `r{{index % ${rooms}}}` },
      // Agents take connections in order of their number, so each gets its own share of the publishers.
      groups: agents.flatMap((name) => [
        {
          name: `speakers-${name}`,
          connections: rooms / agents.length,
          publish: { every: "1s", reaches: "room", send: spoken },
        },
        { name: `listeners-${name}`, connections: (connections - rooms) / agents.length },
      ]),
      conversation: { opening: auth },
    };
  },
};

/**
 * Published messages: every due delivery is received or lost, whichever process died, and none is counted that the
 * target did not make. The account has more: what was sent to the killed agent after its last report.
 */
function publishedReach({ conversation }: Report, delivered: number): Reach {
  const published = conversation?.published ?? [];
  const sum = (of: "due" | "received" | "lost"): number => published.reduce((all, each) => all + each[of], 0);
  const said = { due: sum("due"), received: sum("received"), lost: sum("lost") };
  const whole = (value = 0): string => value.toLocaleString("en-US");
  return {
    what: "deliveries of what was published over agents, one of them killed",
    goal: "due = received + lost, most received, none that the target did not make",
    measured: `${whole(said.due)} = ${whole(said.received)} + ${whole(said.lost)}; the target made ${whole(delivered)}`,
    isReached: said.due === said.received + said.lost && said.received > said.lost && said.received <= delivered,
  };
}

/** Additional checks of a trial, beyond the counts of connections and pushes. */
interface Told {
  extra: Reach[];
  note: string;
}

function answerOf({ connections, pushes, verdict, reasons }: Report, { extra, note }: Told): Answer {
  const { planned, opened, refused, notAttempted, closedByPlan, closedUnexpectedly, reconnects, byCause } = connections;
  const { due = 0, received = 0, lost = 0, late = 0 } = pushes ?? {};
  const lostWithAgent = byCause["generator-died"] ?? 0;
  const isExact =
    planned === opened + refused + notAttempted &&
    opened + reconnects.opened === closedByPlan + closedUnexpectedly &&
    due === received + lost;
  const whole = (value: number): string => value.toLocaleString("en-US");
  return {
    columns: [
      "planned",
      "opened",
      "refused",
      "closed by plan",
      "generator-died",
      "due",
      "received",
      "lost",
      "late",
      "verdict",
    ],
    lines: [
      [
        ...[planned, opened, refused, closedByPlan, lostWithAgent, due, received, lost, late].map(whole),
        `${verdict}: ${reasons.map(({ code }) => code).join(", ")}`,
      ],
    ],
    reaches: [
      {
        what: "counts with an agent killed, one stopped and Redis lost",
        goal: "exact",
        measured: isExact ? "exact" : "off",
        isReached: isExact && received > 0,
      },
      {
        what: "connections lost, by cause",
        goal: `the killed agent's ${whole(planned / agents.length)}, as generator-died, and no other`,
        measured: `${whole(closedUnexpectedly)}, ${whole(lostWithAgent)} of them generator-died`,
        isReached: closedUnexpectedly === planned / agents.length && lostWithAgent === closedUnexpectedly,
      },
      {
        what: "verdict of a run whose generator broke",
        goal: "invalid",
        measured: String(verdict),
        isReached: verdict === "invalid",
      },
      ...extra,
    ],
    notes: [
      `${note} A push every 5 s; the agent stands still for 15 s (20 s of silence and its shard counts as lost), and what waited for it is late with its true latency.`,
    ],
  };
}

function makeNetworks(): Networks | string {
  try {
    return new Networks(agents.length);
  } catch (error) {
    return (error as Error).message;
  }
}

async function runTrial(
  trial: Trial,
  connections: number,
  say: Order["say"],
  told: (report: Report, folder: string) => Told,
) {
  const missing = ["ip", "redis-server", "go"].filter((name) => !hasCommand(name));
  const skipped = (why: string): Answer => ({ columns: [], lines: [], reaches: [], notes: [`Skipped: ${why}.`] });
  if (missing.length > 0) return skipped(`not found: ${missing.join(", ")}`);
  const networks = makeNetworks();
  if (typeof networks === "string")
    return skipped(`networks of our own may not be made here (as root they may): ${networks}`);
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  const processes = new Processes(folder);
  try {
    const control = `http://127.0.0.1:${await freePort()}`;
    const stage = { networks, processes, redisPort: await freePort(), control, folder, say };
    const report = await runThrough(stage, trial, connections);
    await processes.stop();
    return answerOf(report, told(report, folder));
  } finally {
    processes.end();
    networks.remove();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

export const agentsRow: Row = {
  name: "agents",
  title: "a run over three agents that loses one, and Redis",
  minutes: 4,
  run: ({ quick, say }) =>
    runTrial(apart, quick ? 3000 : 30_000, say, () => ({
      extra: [],
      note: "Each agent, its shard and a Go target are in a network of their own; pushes cross no cable, orders and tallies do.",
    })),
};

export const agentsTalk: Row = {
  name: "agents-talk",
  title: "conversations and rooms over three agents that lose one, and Redis",
  minutes: 4,
  run: ({ quick, say }) =>
    runTrial(together, quick ? 2700 : 8100, say, (report, folder) => ({
      extra: [publishedReach(report, deliveriesIn(folder))],
      note: `Each agent and its shard are in a network of their own, one rehearsal target serves all: every room of ${roomSize} has members on each agent, and a third of the rooms has a publisher on each, who publishes every second.`,
    })),
};
