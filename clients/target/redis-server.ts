/** A private Redis for one run: on a free loopback port, in memory only, stopped with the run or with our process. */
import { spawnSync } from "node:child_process";
import { connect } from "node:net";
import { join, resolve } from "node:path";
import { keepProcess } from "./keeper/kept-process.ts";
import { findPort } from "./port.ts";
import { TargetError } from "./target-error.ts";

export interface RedisHandle {
  url: string;
  pid: number;
  stop(): Promise<void>;
}

const readyWithinMs = 10_000;

/** Whether a Redis server can be started on this machine. */
export const hasRedisServer = (): boolean =>
  spawnSync("redis-server", ["--version"], { stdio: "ignore", timeout: 10_000 }).status === 0;

/** A Redis URL for display: without user and password. */
export const withoutPassword = (url: string): string => url.replace(/\/\/[^/@]*@/, "//");

/**
 * Whether a Redis server responds at a URL; asking for a password counts as a response. With TLS, whether the port is
 * open.
 */
export async function redisAnswers(url: string): Promise<boolean> {
  const { protocol, hostname, port } = new URL(url);
  const isPlain = protocol === "redis:";
  return answers({ host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || 6379) }, isPlain ? /^[+-]/ : null);
}

/**
 * Starts one and waits until it responds. Throws `start-failed` with the install command when redis-server is missing.
 */
export async function startRedis(logFolder: string): Promise<RedisHandle> {
  if (!hasRedisServer()) {
    throw new TargetError(
      "start-failed",
      "expected redis-server, which the target reads users from, but it is not installed: apt-get install redis-server, or use a running one with --redis redis://HOST:PORT",
    );
  }
  const held = await findPort();
  const { port } = held;
  const options = [
    "--port",
    String(port),
    "--bind",
    "127.0.0.1",
    "--save",
    "",
    "--appendonly",
    "no",
    "--daemonize",
    "no",
  ];
  const logPath = resolve(join(logFolder, "redis.log"));
  const command = ["redis-server", ...options];
  const kept = await keepProcess(
    { command, folder: resolve(logFolder), environment: {}, logPath, cgroupProcs: null, watchMemoryMiB: null },
    () => held.release(),
  );
  const deadlineMs = Date.now() + readyWithinMs;
  while (!(await answers({ host: "127.0.0.1", port }, /^\+PONG/))) {
    if (Date.now() < deadlineMs) continue;
    await kept.stop();
    throw new TargetError(
      "start-failed",
      `starting redis-server: it did not answer on 127.0.0.1:${port} within ${readyWithinMs / 1000} s; log ${logPath}`,
    );
  }
  return { url: `redis://127.0.0.1:${port}`, pid: kept.pid, stop: () => kept.stop() };
}

/**
 * Whether PING gets the expected response or, with `expected` null, whether the port is open. A refused attempt takes a
 * short while, so that callers who retry do not spin.
 */
function answers(at: { host: string; port: number }, expected: RegExp | null): Promise<boolean> {
  return new Promise((settle) => {
    const socket = connect(at, () => (expected === null ? end(true) : socket.write("PING\r\n")));
    const end = (isUp: boolean): void => {
      socket.destroy();
      settle(isUp);
    };
    socket.setTimeout(1000, () => end(false));
    socket.once("data", (bytes) => end(expected?.test(bytes.toString()) ?? true));
    socket.once("error", () => setTimeout(() => end(false), 20));
    socket.once("end", () => end(false));
  });
}
