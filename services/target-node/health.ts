import { createRequire } from "node:module";
import { getHeapStatistics } from "node:v8";
import { closeGraceMs, queuePushes } from "./push/push-connection.ts";
import { redisTimeoutMs } from "./users.ts";

/** Requested backlog; the kernel uses the smaller of this and net.core.somaxconn. */
export const listenBacklog = 65_535;

const require = createRequire(import.meta.url);

function versionOf(name: string): string {
  const manifest = require(`${name}/package.json`) as { version: string };
  return `${name} ${manifest.version}`;
}

/** The response of /healthz: versions, and every setting that affects performance. */
export function healthOf(hasRedis: boolean) {
  return {
    status: "ok",
    name: "node",
    runtime: `node ${process.version}`,
    framework: ["fastify", "ws", "ioredis"].map(versionOf).join(", "),
    settings: {
      processes: 1,
      eventLoop: "libuv",
      execArgv: process.execArgv.join(" "),
      nodeOptions: process.env.NODE_OPTIONS ?? "",
      heapLimitMiB: Math.round(getHeapStatistics().heap_size_limit / 1_048_576),
      compression: false,
      tcpNoDelay: true,
      listenBacklog,
      pushQueue: queuePushes,
      closeGraceMs,
      redis: hasRedis,
      redisAutoPipelining: hasRedis,
      redisTimeoutMs,
    },
  };
}
