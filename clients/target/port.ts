/**
 * Free ports for targets, outside the kernel's ephemeral range, so that a burst of outgoing connections cannot take a
 * target's port.
 */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { TargetError } from "./target-error.ts";

export interface PortRange {
  low: number;
  high: number;
}

/** A port that others cannot bind until `release`; release it just before the process that will listen on it starts. */
export interface HeldPort {
  port: number;
  /** Idempotent. */
  release(): Promise<void>;
}

/**
 * Where to search: 20000 to 32000, cut where the kernel's ephemeral range begins; if that leaves fewer than 1,000
 * ports, all of it.
 */
export function portRange(localPortRange: string | null): PortRange {
  const low = Number(localPortRange?.trim().split(/\s+/)[0]);
  return low >= 21_000 && low <= 32_000 ? { low: 20_000, high: low - 1 } : { low: 20_000, high: 32_000 };
}

function readLocalPortRange(): string | null {
  try {
    return readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8");
  } catch {
    return null;
  }
}

async function listen(port: number, host: string): Promise<Server | null> {
  const server = createServer((socket) => socket.destroy());
  server.unref();
  server.listen({ port, host, exclusive: true, backlog: 1 });
  try {
    await once(server, "listening");
    return server;
  } catch {
    return null;
  }
}

async function close(server: Server): Promise<void> {
  server.close();
  await once(server, "close");
}

/** Holds `port` if it is free on 127.0.0.1 and on every address; null otherwise. */
export async function holdPort(port: number): Promise<HeldPort | null> {
  const loopback = await listen(port, "127.0.0.1");
  if (loopback === null) return null;
  await close(loopback);
  const everywhere = await listen(port, "0.0.0.0");
  if (everywhere === null) return null;
  let released: Promise<void> | null = null;
  return {
    port,
    release: () => {
      released ??= close(everywhere);
      return released;
    },
  };
}

/** Holds a free port, searched from a random start so that concurrent runs rarely collide. Throws `no-port`. */
export async function findPort(
  range: PortRange = portRange(readLocalPortRange()),
  chance: () => number = Math.random,
): Promise<HeldPort> {
  const size = range.high - range.low + 1;
  const start = Math.floor(chance() * size);
  for (let step = 0; step < size; step++) {
    const held = await holdPort(range.low + ((start + step) % size));
    if (held !== null) return held;
  }
  throw new TargetError(
    "no-port",
    `target: expected a free port from ${range.low} to ${range.high}, but all are in use: stop the processes that listen there`,
  );
}
