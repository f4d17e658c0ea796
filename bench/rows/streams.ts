/**
 * Event streams: ten thousand at once on one machine, and CPU per stream compared with k6, undici and Node's `fetch`.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { median } from "../../clients/measure/statistics/median.ts";
import type { Report } from "../../clients/report/model/report.ts";
import { runChild } from "../children.ts";
import { type Pusher, startServer } from "../contender.ts";
import { runCommandLine } from "../peers/command-line.ts";
import type { Answer, Order, Reach, Row } from "../row.ts";
import { digits, inTurns, isAtLeast, isAtMost, ratioText, spreadText } from "../spread.ts";
import { haveTool } from "../tools.ts";

const intervalMs = 100;

/** What the server wrote: the ground truth for the clients' figures. */
interface Account {
  begun: number;
  ended: number;
  events: number;
  gapMs: { p50: number; p99: number };
}
const accountOf = async ({ port }: Pusher): Promise<Account> =>
  (await (await fetch(`http://127.0.0.1:${port}/account`)).json()) as Account;

/** What each client should do: number of users, duration, events per stream. */
interface Task {
  url: string;
  users: number;
  seconds: number;
  folder: string;
}

const holdfast = ({ url, users, seconds, folder }: Task) => {
  const words = ["--target", url, "--users", String(users), "--ramp-per-second", "5000", "--hold", `${seconds}s`];
  return runCommandLine(["streams", ...words, "--body", "{}", "--ends", "[DONE]"], folder);
};

const nodeScript = fileURLToPath(new URL("../peers/node-streams.js", import.meta.url));

const contenders = {
  holdfast,
  async k6({ url, users, seconds, folder }: Task, [k6 = ""]: readonly string[]) {
    const script = join(folder, "streams.js");
    writeFileSync(
      script,
      `import http from "k6/http";
export const options = { vus: ${users}, duration: "${seconds}s", gracefulStop: "60s" };
export default () => http.post("${url}", "{}");`,
    );
    return runChild([k6, "run", "--quiet", script], { cwd: folder });
  },
  undici: ({ url, users, seconds }: Task, command: readonly string[]) =>
    runChild([process.execPath, nodeScript, url, String(users), String(seconds), command.at(-1)!]),
  fetch: ({ url, users, seconds }: Task) =>
    runChild([process.execPath, nodeScript, url, String(users), String(seconds)]),
} as const satisfies Record<string, (task: Task, command: readonly string[]) => Promise<{ cpuMs: number }>>;
type Contender = keyof typeof contenders;

/** Ten thousand concurrent streams, and whether both sides counted the same. */
async function scaleOf(users: number, seconds: number, folder: string): Promise<{ line: string[]; reaches: Reach[] }> {
  const server = await startServer("streamer");
  try {
    const events = (seconds * 1000) / intervalMs;
    const url = `http://127.0.0.1:${server.port}/stream?events=${events}&interval=${intervalMs}`;
    // Sends requests until just before the first stream ends: one stream per user, all at once.
    const { report } = await holdfast({ url, users, seconds: Math.max(1, seconds - 4), folder });
    const account = await accountOf(server);
    const { streams, latencyMs } = report as Report & { streams: Record<"sent" | "complete" | "events", number> };
    const gapP99 = latencyMs.eventGap?.p99 ?? Number.NaN;
    const own = Math.abs(gapP99 - account.gapMs.p99);
    const isExact = streams.complete === account.ended && streams.events === account.events;
    const many = users.toLocaleString("en-US");
    const counted = `${digits(streams.complete)} streams, ${digits(streams.events)} events`;
    const written = `${digits(account.ended)} and ${digits(account.events)}`;
    return {
      line: [
        `${many} at once, an event every ${intervalMs} ms for ${seconds} s`,
        "holdfast",
        counted,
        "-",
        "-",
        `${gapP99.toFixed(2)} (the server wrote ${account.gapMs.p99.toFixed(2)})`,
      ],
      reaches: [
        {
          what: `${many} streams at once for ${seconds} s on this machine, reference server included`,
          goal: "all complete; streams and events are those that the server wrote",
          measured: `${counted}; the server wrote ${written}`,
          isReached: isExact && streams.complete === users && streams.sent === users,
        },
        {
          what: `our share of the gap's p99 at ${many}, kernel clock: its p99 less that of the server's writes`,
          goal: "<= 0.2 ms",
          measured: `${own.toFixed(3)} ms`,
          isReached: isAtMost(own, 0.2),
        },
      ],
    };
  } finally {
    await server.stop();
  }
}

/** CPU per stream, in turn, based on the server's count of streams each client completed. */
async function contest(order: Order, folder: string): Promise<Omit<Answer, "columns">> {
  const { quick, rounds, say } = order;
  const [users, seconds, events] = quick ? [100, 2, 10] : [2000, 30, 50];
  const notes: string[] = [];
  const commands = new Map<Contender, readonly string[]>([
    ["holdfast", []],
    ["fetch", []],
  ]);
  for (const name of ["k6", "undici"] as const) {
    const tool = await haveTool(name, say);
    if (typeof tool === "string") notes.push(tool);
    else commands.set(name, tool.command);
  }
  const server = await startServer("streamer");
  try {
    const url = `http://127.0.0.1:${server.port}/stream?events=${events}&interval=${intervalMs}`;
    const taken = await inTurns([...commands.keys()], rounds, async (name, round) => {
      const before = await accountOf(server);
      const { cpuMs } = await contenders[name]({ url, users, seconds, folder }, commands.get(name)!);
      const streams = (await accountOf(server)).ended - before.ended;
      const each = { streams, perCpuSecond: streams / (cpuMs / 1000), usEvent: (cpuMs * 1000) / (streams * events) };
      say(`streams round ${round + 1}: ${name} ${streams} streams, ${digits(each.perCpuSecond)} a CPU-second`);
      return each;
    });
    const rate = (name: Contender): number[] => (taken.get(name) ?? []).map(({ perCpuSecond }) => perCpuSecond);
    return {
      lines: [...taken].map(([name, all]) => [
        `${users} users, ${events} events every ${intervalMs} ms`,
        name,
        `${spreadText(all.map(({ streams }) => streams))} streams`,
        spreadText(rate(name)),
        spreadText(all.map(({ usEvent }) => usEvent)),
        "-",
      ]),
      reaches: (["k6", "undici", "fetch"] as const).map((name) => ({
        what: `streams per CPU-second to those of ${name}`,
        goal: ">= 3x",
        measured: commands.has(name) ? ratioText(rate("holdfast"), rate(name)) : "not measured",
        isReached: isAtLeast(median(rate("holdfast")) / median(rate(name)), 3),
      })),
      notes,
    };
  } finally {
    await server.stop();
  }
}

async function run(order: Order): Promise<Answer> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  try {
    const [users, seconds] = order.quick ? [500, 5] : [10_000, 30];
    const scale = await scaleOf(users, seconds, folder);
    for (const { what, measured } of scale.reaches) order.say(`streams: ${what}: ${measured}`);
    const { lines, reaches, notes } = await contest(order, folder);
    return {
      columns: ["load", "client", "counted", "streams a CPU-second", "us an event", "gap p99, ms"],
      lines: [scale.line, ...lines],
      reaches: [...scale.reaches, ...reaches],
      notes: [
        ...notes,
        "Whole programs, from start to end: for Holdfast the command line, its shards and its report. Streams are those the server ended.",
        "k6 reads an answer whole and knows no events; those of undici and of fetch are cut from their chunks, without accounts.",
      ],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const streams: Row = {
  name: "streams",
  title: "streams of events: ten thousand at once, and CPU a stream",
  minutes: 8,
  tools: ["k6", "undici"],
  run,
};
