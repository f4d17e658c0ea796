/**
 * Handshakes per second of one process, full and resumed, with the CPU cost of TLS separated from that of connecting.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { median } from "../../../clients/measure/statistics/median.ts";
import { runChild } from "../../children.ts";
import { startBuiltIn } from "../../go-server.ts";
import type { HandshakeOrder, HandshakeOutcome } from "../../handshake-outcome.ts";
import type { Order } from "../../row.ts";
import { digits, inTurns, isAtLeast, ratioText, spreadText } from "../../spread.ts";
import { hasCommand } from "../../tools.ts";
import { type Part, skipped } from "./part.ts";

const program = fileURLToPath(new URL("../../peers/handshake-client.js", import.meta.url));
const run = promisify(execFile);

const entries = {
  "node:tls, full": { client: "node", kind: "full" },
  "node:tls, resumed": { client: "node", kind: "resumed" },
  "holdfast, TCP alone": { client: "holdfast", kind: "plain" },
  "holdfast, full": { client: "holdfast", kind: "full" },
  "holdfast, resumed": { client: "holdfast", kind: "resumed" },
  // OpenSSL's own program in C, which only shakes hands: what is left to gain.
  "openssl s_time, full": { client: "openssl", kind: "full" },
} as const satisfies Record<string, { client: HandshakeOrder["client"] | "openssl"; kind: HandshakeOrder["kind"] }>;
type Name = keyof typeof entries;

const atOnce = (name: Name): string =>
  entries[name].client === "openssl" ? "one process, one at a time" : "one process, 64 at once";

/** One connection after the other, for some seconds; verified like ours. */
async function measureOpenSsl(port: number, authority: string | undefined, seconds: number): Promise<HandshakeOutcome> {
  const trusted = authority === undefined ? [] : ["-CAfile", authority, "-verify", "3"];
  const timed = ["-new", "-time", `${seconds}`, "-connect", `127.0.0.1:${port}`];
  const { stdout, cpuMs } = await runChild(["openssl", "s_time", ...timed, ...trusted]);
  const connections = Number(/^(\d+) connections in/m.exec(stdout)?.[1] ?? Number.NaN);
  return { perSecond: connections / seconds, cpuUs: (cpuMs * 1000) / connections };
}

async function measure(name: Name, order: Order): Promise<HandshakeOutcome> {
  const { client, kind } = entries[name];
  const server = await startBuiltIn("go", order.say, { isSecure: kind !== "plain" });
  if (typeof server === "string") throw new Error(server);
  try {
    if (client === "openssl") return await measureOpenSsl(server.tcpPort, server.authority, order.quick ? 2 : 5);
    const asked: HandshakeOrder = {
      client,
      kind,
      connections: order.quick ? 500 : 6000,
      port: server.tcpPort,
      authority: server.authority ?? null,
    };
    const { stdout } = await run(process.execPath, [program, JSON.stringify(asked)], { timeout: 300_000 });
    return JSON.parse(stdout) as HandshakeOutcome;
  } finally {
    await server.stop();
  }
}

export const handshakes: Part = {
  name: "handshakes",
  async run(order) {
    const server = await startBuiltIn("go", order.say);
    if (typeof server === "string") return skipped("handshakes", server);
    await server.stop();
    const names = (Object.keys(entries) as Name[]).filter(
      (name) => entries[name].client !== "openssl" || hasCommand("openssl"),
    );
    const taken = await inTurns(names, order.rounds, async (name, round) => {
      const outcome = await measure(name, order);
      const { perSecond, cpuUs } = outcome;
      order.say(`tls round ${round + 1}: ${name}: ${digits(perSecond)} a second, ${digits(cpuUs)} us of CPU each`);
      return outcome;
    });
    const cpuUs = (name: Name): number[] => (taken.get(name) ?? []).map((outcome) => outcome.cpuUs);
    const perCpu = (name: Name): number[] => cpuUs(name).map((us) => 1e6 / us);
    const plain = median(cpuUs("holdfast, TCP alone"));
    const lines = names.flatMap((name) => [
      [
        "connections a second",
        atOnce(name),
        name,
        spreadText((taken.get(name) ?? []).map(({ perSecond }) => perSecond)),
        "-",
      ],
      [
        "connections a second of CPU",
        atOnce(name),
        name,
        spreadText(perCpu(name)),
        ratioText(perCpu(name), perCpu("node:tls, full")),
      ],
    ]);
    for (const name of ["holdfast, full", "holdfast, resumed"] as const) {
      const own = cpuUs(name).map((us) => us - plain);
      lines.push(["CPU of the handshake alone, us", "less that of TCP alone", name, spreadText(own), "-"]);
    }
    return {
      lines,
      reaches: [
        reach("full handshakes a second of CPU, one shard, to Node's tls", "holdfast, full", "node:tls, full"),
        reach("resumed handshakes a second of CPU to full ones", "holdfast, resumed", "holdfast, full"),
      ],
      notes: [
        "Handshakes: TCP connect, handshake, the query and the first bytes of the answer of target go's raw TCP port, reset. Client and server share the CPUs, so the wall-clock figure is a bound of both; what is compared is the client's own CPU. The first 200 are not counted. openssl s_time opens one after the other and sends no query.",
      ],
    };

    function reach(what: string, name: Name, beside: Name) {
      return {
        what,
        goal: ">= 2x",
        measured: ratioText(perCpu(name), perCpu(beside)),
        isReached: isAtLeast(median(perCpu(name)) / median(perCpu(beside)), 2),
      };
    }
  },
};
