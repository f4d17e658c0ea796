/**
 * Connects, performs the handshake, waits for the first bytes and resets, repeatedly, 64 at once. Usage:
 * handshake-client '{"client", "kind", "connections", "port", "authority"}' (HandshakeOrder); prints a
 * HandshakeOutcome.
 */
import { readFileSync } from "node:fs";
import { connect as dial } from "node:net";
import { createSecureContext, connect as secure } from "node:tls";
import type { ConnectionSink, EngineOptions } from "../../clients/connection/engine.ts";
import { makeEngine } from "../../clients/connection/make-engine.ts";
import type { HandshakeOrder, HandshakeOutcome } from "../handshake-outcome.ts";

const atOnce = 64;
/** Connections not counted: code is compiled meanwhile, and each slot gets its first session. */
const warmUp = 200;
const order = JSON.parse(process.argv[2] ?? "{}") as HandshakeOrder;
const { client, kind, connections, port, authority } = order;
const query = "intervalMs=60000";

let [done, resumed] = [0, 0];
let [fromNs, fromCpu] = [0n, process.cpuUsage()];
let [toNs, used] = [0n, process.cpuUsage()];

/** Called for each established connection; false once there were enough. */
function stood(isResumed: boolean): boolean {
  // Connections still in progress once there were enough are not counted.
  if (done === warmUp + connections) return false;
  done++;
  if (done === warmUp) [resumed, fromNs, fromCpu] = [0, process.hrtime.bigint(), process.cpuUsage()];
  else if (isResumed) resumed++;
  if (done < warmUp + connections) return true;
  [toNs, used] = [process.hrtime.bigint(), process.cpuUsage(fromCpu)];
  return false;
}

async function withEngine(): Promise<void> {
  const options: EngineOptions = {
    protocol: "tcp",
    slots: atOnce,
    endpoints: [
      {
        host: "127.0.0.1",
        address: "127.0.0.1",
        family: 4,
        port,
        path: `?${query}`,
        tls: kind !== "plain",
      },
    ],
    sources: [],
    headers: {},
    subprotocols: [],
    firstMessage: null,
    connectTimeoutMs: 10_000,
    upgradeTimeoutMs: 10_000,
    closeTimeoutMs: 1000,
    maxMessageBytes: 65_536,
    slowSlots: 0,
    slowReceiveBufferBytes: 4096,
    tls: { certificateAuthority: authority, resume: kind === "resumed" ? "tickets" : "none" },
    compression: false,
  };
  const free: number[] = Array.from({ length: atOnce }, (_, slot) => slot);
  const isResumed = new Uint8Array(atOnce);
  let goesOn = true;
  const sink: ConnectionSink = {
    secured: (slot, _ns, session) => {
      isResumed[slot] = session.isResumed ? 1 : 0;
    },
    opened: (slot) => {
      goesOn = stood(isResumed[slot] === 1) && goesOn;
      engine.close(slot, "rst", "planned");
    },
    refused: (_slot, cause, code) => {
      throw new Error(`refused: ${cause} ${code}`);
    },
    message: () => {},
    pong: () => {},
    closed: (slot) => void free.push(slot),
  };
  const engine = await makeEngine("kernel", options, sink);
  while (goesOn) {
    while (free.length > 0) engine.open(free.pop()!);
    await engine.turn(5);
  }
}

function withNode(): Promise<void> {
  const secureContext = createSecureContext(authority === null ? {} : { ca: readFileSync(authority) });
  return new Promise((resolve, reject) => {
    const next = (session?: Buffer): void => {
      const raw = dial({ host: "127.0.0.1", port, noDelay: true }).on("error", reject);
      const socket = secure({ socket: raw, secureContext, host: "127.0.0.1", ...(session ? { session } : {}) });
      let kept = session;
      if (kind === "resumed") {
        socket.on("session", (ticket) => {
          kept = ticket;
        });
      }
      socket.on("error", reject).once("data", () => {
        const goesOn = stood(socket.isSessionReused());
        raw.resetAndDestroy();
        if (goesOn) next(kept);
        else resolve();
      });
      socket.write(`${query}\n`);
    };
    for (let i = 0; i < atOnce; i++) next();
  });
}

await (client === "node" ? withNode() : withEngine());
const seconds = Number(toNs - fromNs) / 1e9;
const { user, system } = used;
const expected = kind === "resumed" ? connections : 0;
// A server may be late with a few tickets; with more missing, the figure would measure something else.
if (Math.abs(resumed - expected) > connections / 100)
  throw new Error(`expected ${expected} resumed sessions of ${connections}, got ${resumed}`);
const outcome: HandshakeOutcome = { perSecond: connections / seconds, cpuUs: (user + system) / connections };
process.stdout.write(`${JSON.stringify(outcome)}\n`, () => process.exit(0));
