/**
 * How fast connections are opened that must authenticate: each takes its token from a CSV file, sends it, and is open
 * once it is welcomed. The same flow in k6 and Artillery, as in their documentation; measured by the server's clock,
 * from the first upgrade to the last welcome.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { median } from "../../clients/measure/statistics/median.ts";
import { runChild } from "../children.ts";
import { startPusher } from "../contender.ts";
import { runCommandLine } from "../peers/command-line.ts";
import type { Answer, Order, Row } from "../row.ts";
import { digits, inTurns, isAtLeast, ratioText, spreadText } from "../spread.ts";
import { haveTool } from "../tools.ts";

/** How long each client holds its connections, so that all are open at once, seconds. */
const heldSeconds = 8;
/** Interval of a pusher that should not push during the measurement. */
const neverMs = 3_600_000;

interface Task {
  port: number;
  connections: number;
  /** Folder of `users.csv` and other files of a client. */
  folder: string;
}

const contenders = {
  async holdfast({ port, connections, folder }: Task) {
    const scenario = {
      kind: "connections",
      target: `ws://127.0.0.1:${port}/push`,
      connections,
      rampPerSecond: 1_000_000,
      hold: `${heldSeconds}s`,
      data: { file: join(folder, "users.csv") },
      conversation: {
        opening: [
          { send: '{"t":"auth","token":"{{token}}"}' },
          { expect: { json: { t: "welcome" } }, take: { session: "json:session" }, within: "60s" },
        ],
      },
    };
    const file = join(folder, "scenario.json");
    writeFileSync(file, JSON.stringify(scenario));
    await runCommandLine(["run", file], folder);
  },
  async k6({ port, connections, folder }: Task, [k6 = ""]: readonly string[]) {
    const script = join(folder, "opening.js");
    writeFileSync(
      script,
      `import { WebSocket } from "k6/websockets";
import { SharedArray } from "k6/data";
const tokens = new SharedArray("tokens", () => open("users.csv").split("\\n").slice(1));
export const options = { vus: ${connections}, iterations: ${connections} };
export default () => {
  const socket = new WebSocket("ws://127.0.0.1:${port}/push");
  socket.onopen = () => socket.send(JSON.stringify({ t: "auth", token: tokens[__VU - 1] }));
  socket.onmessage = ({ data }) => {
    if (JSON.parse(data).t === "welcome") setTimeout(() => socket.close(), ${heldSeconds * 1000});
  };
};`,
    );
    await runChild([k6, "run", "--quiet", script], { cwd: folder });
  },
  async artillery({ port, connections, folder }: Task, command: readonly string[]) {
    const script = join(folder, "opening.yml");
    writeFileSync(
      script,
      `config:
  target: "ws://127.0.0.1:${port}/push"
  phases: [{ duration: 1, arrivalCount: ${connections} }]
  payload: { path: users.csv, fields: [token], order: sequence, skipHeader: true }
scenarios:
  - engine: ws
    flow:
      - send: '{"t":"auth","token":"{{ token }}"}'
      - think: ${heldSeconds}
`,
    );
    await runChild([...command, "run", "--quiet", script], {
      cwd: folder,
      env: { ARTILLERY_DISABLE_TELEMETRY: "true", ARTILLERY_DISABLE_UPDATE_CHECK: "true" },
    });
  },
} as const satisfies Record<string, (task: Task, command: readonly string[]) => Promise<void>>;
type Contender = keyof typeof contenders;

/** One turn against a new server: number welcomed, and time taken. */
async function openAll(name: Contender, command: readonly string[], connections: number) {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  const server = await startPusher(neverMs);
  try {
    const token = (index: number): string => `k${index}-0123456789abcdef0123456789abcdef`;
    writeFileSync(
      join(folder, "users.csv"),
      ["token", ...Array.from({ length: connections }, (_, i) => token(i))].join("\n"),
    );
    await contenders[name]({ port: server.port, connections, folder }, command);
    const answer = await fetch(`http://127.0.0.1:${server.port}/account`);
    return (await answer.json()) as { welcomed: number; tookMs: number };
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function run({ quick, rounds, say }: Order): Promise<Answer> {
  const connections = quick ? 300 : 5000;
  const notes: string[] = [];
  const commands = new Map<Contender, readonly string[]>([["holdfast", []]]);
  for (const name of ["k6", "artillery"] as const) {
    const tool = await haveTool(name, say);
    if (typeof tool === "string") notes.push(tool);
    else commands.set(name, tool.command);
  }
  const taken = await inTurns([...commands.keys()], rounds, async (name, round) => {
    const { welcomed, tookMs } = await openAll(name, commands.get(name)!, connections);
    const rate = (welcomed / tookMs) * 1000;
    say(`opening round ${round + 1}: ${name} ${welcomed} welcomed, ${digits(rate)} a second`);
    return { welcomed, rate };
  });
  const rates = (name: Contender): number[] => (taken.get(name) ?? []).map(({ rate }) => rate);
  return {
    columns: ["client", "welcomed", "a second", "to holdfast"],
    lines: [...taken].map(([name, all]) => [
      name,
      `${spreadText(all.map(({ welcomed }) => welcomed))} of ${digits(connections)}`,
      spreadText(rates(name)),
      ratioText(rates(name), rates("holdfast")),
    ]),
    reaches: (["k6", "artillery"] as const).map((name) => ({
      what: `connections welcomed per second to those of ${name}`,
      goal: ">= 2x",
      measured: commands.has(name) ? ratioText(rates("holdfast"), rates(name)) : "not measured",
      isReached: isAtLeast(median(rates("holdfast")) / median(rates(name)), 2),
    })),
    notes: [
      ...notes,
      "From the first upgrade to the last welcome, by the server's clock: what a client does before is not in it.",
      "Artillery's arrivals are all due within one second; it and k6 hold theirs 8 s, as we do.",
    ],
  };
}

export const opening: Row = {
  name: "opening",
  title: "connections opened per second that say who they are",
  minutes: 6,
  tools: ["k6", "artillery"],
  run,
};
