/**
 * A certificate for each connection: which client presented which, by the server's record, and the cost for the client.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runConnections } from "../../../clients/run/coordinate/coordinator.ts";
import { planningHost } from "../../../clients/run/prepare/plan-check.ts";
import { planShards } from "../../../clients/run/prepare/plan-shards.ts";
import { readValues } from "../../../clients/run/prepare/run-values.ts";
import { readScenario } from "../../../clients/scenario/read-scenario.ts";
import type { ConnectionsScenario } from "../../../clients/scenario/schema.ts";
import { makeCertificates, makeClientAuthority } from "../../../clients/target/certificate.ts";
import { readHostFacts } from "../../../clients/target/host.ts";
import { WatchedShards } from "../../peers/watched-shards.ts";
import type { Order } from "../../row.ts";
import { digits, spreadText } from "../../spread.ts";
import type { Part } from "./part.ts";

const program = fileURLToPath(new URL("../../peers/certificate-server.js", import.meta.url));

interface CertificateCount {
  connections: number;
  names: number;
  mistaken: number;
}

/** Writes files `client-N.pem` and `client-N.key`, a data file that lists them, and the authority. */
function writeClients(folder: string, count: number): { authority: string; data: string } {
  const { certificate, issue } = makeClientAuthority();
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const names = Array.from({ length: count }, (_, i) => `client-${i}`);
  for (const name of names) {
    const own = issue(name);
    write(`${name}.pem`, own.certificate);
    write(`${name}.key`, own.key);
  }
  return { authority: write("authority.pem", certificate), data: write("clients.csv", `id\n${names.join("\n")}\n`) };
}

async function ask<T>(server: ChildProcess): Promise<T> {
  server.send({});
  const [answer] = (await once(server, "message")) as [T];
  return answer;
}

/** One run; `ofConnections`: each connection presents its own certificate, otherwise all present the first. */
async function measure(
  connections: number,
  ofConnections: boolean,
  folder: string,
  clients: { authority: string; data: string },
) {
  const made = makeCertificates();
  const server = fork(program, [made.certificate, made.key, clients.authority], { stdio: "inherit" });
  try {
    const [{ port }] = (await once(server, "message")) as [{ port: number }];
    const name = ofConnections ? "{{id}}" : "client-0";
    const url = `wss://127.0.0.1:${port}/{{id}}`;
    const scenario = readScenario({
      kind: "connections",
      target: url,
      connections,
      rampPerSecond: 400,
      hold: "4s",
      data: { file: clients.data },
      timeouts: { connect: "60s", upgrade: "60s" },
      tls: {
        certificateAuthority: made.authority,
        certificate: join(folder, `${name}.pem`),
        key: join(folder, `${name}.key`),
      },
    }) as ConnectionsScenario;
    const target = {
      name: "reference",
      version: "",
      settings: {},
      url,
      replicas: 1,
      endpoints: [{ host: "127.0.0.1", address: "127.0.0.1", family: 4 as const, port, path: "/{{id}}", tls: true }],
      httpUrls: [],
      pids: [],
      isLocal: true,
      keepsContract: false,
      exits: [],
      stop: async () => {},
    };
    const shards = new WatchedShards();
    const report = await runConnections({
      run: "bench",
      kind: "connections",
      scenario,
      target,
      plans: readValues(scenario).give(
        planShards("bench", { ...scenario, shards: 1 }, target, "kernel", planningHost()),
      ),
      shards,
      observers: [],
      signal: new AbortController().signal,
      host: readHostFacts(true),
      notes: [],
    });
    const { fromNs, toNs } = report.timing.holdNs ?? { fromNs: 0, toNs: 0 };
    const rssBytes = shards.within(fromNs, toNs).reduce((sum, { last }) => sum + last.rssBytes, 0);
    const counted = await ask<CertificateCount>(server);
    return { counted, opened: report.connections.opened, bytes: (rssBytes - shards.base("rssBytes")) / connections };
  } finally {
    server.disconnect();
    made.remove();
  }
}

async function run({ quick, rounds, say }: Order): ReturnType<Part["run"]> {
  const connections = quick ? 300 : 10_000;
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  try {
    const clients = writeClients(folder, connections);
    const bytes: Record<"one" | "own", number[]> = { one: [], own: [] };
    let counted: CertificateCount = { connections: 0, names: 0, mistaken: 0 };
    for (let round = 0; round < rounds; round++) {
      bytes.one.push((await measure(connections, false, folder, clients)).bytes);
      const own = await measure(connections, true, folder, clients);
      bytes.own.push(own.bytes);
      counted = own.counted;
      say(`tls certificates round ${round + 1}: ${JSON.stringify(own.counted)}, ${digits(own.bytes)} B a connection`);
    }
    const load = `${connections.toLocaleString("en-US")} connections`;
    const what = "memory beyond the base, B";
    return {
      lines: [
        [what, load, "holdfast, one certificate for all", spreadText(bytes.one), "-"],
        [what, load, "holdfast, one a connection", spreadText(bytes.own), "-"],
      ],
      reaches: [
        {
          what: `${connections.toLocaleString("en-US")} connections with a certificate each, by the server's own count`,
          goal: "each shows its own",
          measured: `${counted.connections} came, ${counted.names} names, ${counted.mistaken} of another`,
          isReached: counted.connections === connections && counted.names === connections && counted.mistaken === 0,
        },
      ],
      notes: [
        "Certificates: the server (node:https) demands one and compares its subject with the name in the request's path. With one for all every path but one is another's, so that run shows memory alone.",
      ],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const certificates: Part = { name: "certificates", run };
