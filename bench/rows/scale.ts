/** As many connections as this machine can hold, including the reference pushers, with one burst to all of them. */
import { spawn } from "node:child_process";
import { availableParallelism, freemem } from "node:os";
import { fileURLToPath } from "node:url";
import { nowNs } from "../../clients/measure/clock.ts";
import { descriptorLimit } from "../../clients/measure/host/descriptor-limit.ts";
import { type Pusher, startPusher } from "../contender.ts";
import { raiseSettings, settingsFor } from "../host-settings.ts";
import { settledKernelBytes } from "../kernel-memory.ts";
import type { Answer, Order, Reach, Row } from "../row.ts";
import type { ScaleOrder, ScaleOutcome } from "../scale-outcome.ts";
import { digits } from "../spread.ts";

const client = fileURLToPath(new URL("../peers/scale-client.js", import.meta.url));
/** Expected rate of opening connections per second and CPU: the burst must come after the ramp. */
const openedPerCpu = 2500;
/** Descriptors a process needs in addition to its connections. */
const spared = 100;
/** Measured: kernel memory of both ends, plus a little for the processes. */
const bytesPerConnection = 9000;

/** Time of the burst after the start: processes start, all connect, then idle for some seconds. */
const tickAfterMs = (connections: number, processes: number): number =>
  (connections / (openedPerCpu * availableParallelism())) * 1000 + 200 * processes + 9000;

async function measure(connections: number, { say }: Order): Promise<ScaleOutcome | string> {
  const neededBytes = connections * bytesPerConnection;
  if (neededBytes > freemem())
    return `needs about ${digits(neededBytes / 2 ** 30)} GiB of memory, ${digits(freemem() / 2 ** 30)} are free`;
  const shards = Math.ceil(connections / Math.min(19_800, descriptorLimit() - spared));
  const kernelBase = await settledKernelBytes();
  const afterMs = tickAfterMs(connections, 2 * shards);
  // The interval equals the clock's age plus the wait, so that tick 1 is the only one in the run, and all pushers share
  // it.
  const intervalMs = Math.round(nowNs() / 1e6 + afterMs);
  const pushers: Pusher[] = [];
  try {
    while (pushers.length < shards) pushers.push(await startPusher(intervalMs));
    const order: ScaleOrder = {
      connections,
      shards,
      ports: pushers.map(({ port }) => port),
      pids: pushers.map(({ pid }) => pid),
      tickAtNs: intervalMs * 1e6,
      kernelBase,
    };
    say(`scale ${connections}: ${shards} pushers, ${shards} shards, burst in ${Math.round(afterMs / 1000)} s`);
    return await runClient(order, afterMs * 2 + (120 + connections / 5000) * 1000, say);
  } finally {
    for (const pusher of pushers) pusher.stop();
  }
}

/**
 * Runs the client in a separate process, reporting every fifth of its lines. Rejects with its last lines when it fails.
 */
function runClient(order: ScaleOrder, mostMs: number, say: (line: string) => void): Promise<ScaleOutcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [client, JSON.stringify(order)], { timeout: mostMs, killSignal: "SIGKILL" });
    let [out, last, lines] = ["", "", 0];
    child.stdout.on("data", (bytes: Buffer) => {
      out += bytes.toString();
    });
    child.stderr.on("data", (bytes: Buffer) => {
      last = bytes.toString().trimEnd();
      if (lines++ % 5 === 0) say(last);
    });
    child.once("close", (code, signal) => {
      if (code === 0 && out !== "") resolve(JSON.parse(out) as ScaleOutcome);
      else reject(new Error(`${order.connections} connections: the client ended with ${signal ?? code}; ${last}`));
    });
  });
}

/** Bytes per connection. */
const each = (miB: number, connections: number): string => digits((miB * 2 ** 20) / connections);

function lineOf({ connections, rest, shardBase, rampMs, burst, pushes }: ScaleOutcome): string[] {
  const { opened, planned } = connections;
  const memory =
    rest === null
      ? ["-", "-", "-", "-", "-"]
      : [
          each(rest.generator.rssMiB - shardBase.rssMiB, opened),
          `${each(rest.generator.pssMiB, opened)} (${digits(rest.generator.pssMiB)} MiB)`,
          each(rest.target.pssMiB, opened),
          each(rest.kernelMiB, opened),
          `${digits(rest.generatorCpuPercent)} %`,
        ];
  return [
    planned.toLocaleString("en-US"),
    opened.toLocaleString("en-US"),
    `${digits(rampMs / 1000)} (${digits(opened / (rampMs / 1000))} a second)`,
    ...memory,
    `${digits(burst.pushMaxMs / 1000)} + ${digits(burst.gapMaxMs / 1000)}`,
    digits(burst.deliveryP99Ms),
    digits(burst.usPerPush),
    pushes === null
      ? "-"
      : `${pushes.due.toLocaleString("en-US")} = ${pushes.received.toLocaleString("en-US")} + ${pushes.lost.toLocaleString("en-US")}`,
  ];
}

const columns = [
  "planned",
  "opened",
  "opening, s",
  "generator beyond its base, B each",
  "generator in all (PSS), B each",
  "pushers (PSS), B each",
  "kernel, both ends, B each",
  "generator CPU at rest",
  "burst: last arrival + longest read behind, s",
  "delivery p99, ms",
  "us a push",
  "due = received + lost",
];

function reachesOf(outcome: ScaleOutcome): Reach[] {
  const { planned, opened, refused, notAttempted, closedUnexpectedly } = outcome.connections;
  const { due = 0, received = 0, lost = 0 } = outcome.pushes ?? {};
  const name = planned.toLocaleString("en-US");
  const isExact = planned === opened + refused + notAttempted && due === received + lost;
  return [
    {
      what: `${name} connections held at once on this machine, reference target included`,
      goal: "all opened, none lost, one burst received by all",
      measured: `${opened.toLocaleString("en-US")} opened, ${closedUnexpectedly} lost, ${received.toLocaleString("en-US")} of ${due.toLocaleString("en-US")} pushes`,
      isReached: opened === planned && closedUnexpectedly === 0 && received === due && due === planned,
    },
    { what: `counts at ${name}`, goal: "exact", measured: isExact ? "exact" : "off", isReached: isExact },
  ];
}

async function measureSizes(sizes: readonly number[], order: Order): Promise<Answer> {
  const settings = raiseSettings(settingsFor(Math.max(...sizes)));
  const answer: Answer = { columns, lines: [], reaches: [], notes: settings.notes };
  try {
    for (const connections of sizes) {
      const outcome = await measure(connections, order).catch((error: Error) => error.message);
      if (typeof outcome === "string") {
        answer.notes.push(`First wall at ${connections.toLocaleString("en-US")}: ${outcome}.`);
        break;
      }
      answer.lines.push(lineOf(outcome));
      answer.reaches.push(...reachesOf(outcome));
      const { opened, planned, closedUnexpectedly, byCause } = outcome.connections;
      if (opened === planned && closedUnexpectedly === 0) continue;
      const figures = `${opened.toLocaleString("en-US")} opened, ${closedUnexpectedly.toLocaleString("en-US")} lost: ${JSON.stringify(byCause)}`;
      answer.notes.push(`First wall at ${planned.toLocaleString("en-US")}: ${figures}.`, ...outcome.notes);
      if (opened < planned) break;
    }
  } finally {
    settings.restore();
  }
  answer.notes.push(
    "Memory is taken at rest, before the burst. Beyond the base: resident memory less that of the shards before their first connection. PSS shares the program's own pages among the processes that use them; resident memory counts Node's 42 MB of them in each.",
  );
  return answer;
}

export const scale: Row = {
  name: "scale",
  title: "connections held on this machine, both ends",
  minutes: 5,
  run: (order) => measureSizes(order.quick ? [5000] : [10_000, 45_000, 200_000], order),
};

/** Takes minutes and most of the machine's memory: only when requested by name. */
export const huge: Row = {
  name: "huge",
  title: "a million connections and two on this machine, both ends",
  minutes: 20,
  run: (order) => measureSizes(order.quick ? [200_000] : [1_000_000, 2_000_000], order),
};
