/** The only place that imports ioredis: connections that wait while Redis is away, and report its loss once. */
import { Redis } from "ioredis";
import type { ReadTime } from "./clock-reading.ts";

export type { Redis };

/** Longest delay between reconnect attempts, milliseconds. */
const mostRetryMs = 1000;

/** Opens a connection. Commands issued while Redis is away wait for it; none is lost, and none throws. */
export function openRedis(url: string, say: (line: string) => void): Redis {
  const redis = new Redis(url, {
    maxRetriesPerRequest: null,
    enableReadyCheck: true,
    retryStrategy: (times) => Math.min(50 * times, mostRetryMs),
  });
  let isTold = false;
  redis.on("error", (error: NodeJS.ErrnoException) => {
    if (!isTold) say(`redis does not answer (${error.code ?? error.message}); retrying`);
    isTold = true;
  });
  redis.on("ready", () => {
    if (isTold) say("redis answers again");
    isTold = false;
  });
  return redis;
}

/** Closes a connection, whether Redis is reachable or not. */
export function closeRedis(redis: Redis): void {
  redis.disconnect();
}

/** This machine's address on the connection to Redis; undefined while disconnected. */
export const localAddressOf = (redis: Redis): string | undefined =>
  "localAddress" in redis.stream ? redis.stream.localAddress : undefined;

/** The address of Redis; undefined while disconnected. */
export const remoteAddressOf = (redis: Redis): string | undefined => {
  const stream = redis.stream as { remoteAddress?: string } | undefined;
  return stream?.remoteAddress;
};

/**
 * Reads texts of at most `mostBytes` each: a writer to Redis must not be able to exhaust our memory with one key. Each
 * is null where the key is missing, or an Error where it cannot be read.
 */
export async function readTexts(
  redis: Redis,
  keys: readonly string[],
  mostBytes: number,
): Promise<(string | Error | null)[]> {
  if (keys.length === 0) return [];
  const pipeline = redis.pipeline();
  for (const key of keys) pipeline.getrange(key, 0, mostBytes);
  const answers = (await pipeline.exec()) ?? [];
  return answers.map(([error, text]) => {
    if (error !== null) return error;
    if (text === "") return null;
    return (text as string).length > mostBytes ? new Error(`it is longer than ${mostBytes} bytes`) : (text as string);
  });
}

export const readTimeOf =
  (redis: Redis): ReadTime =>
  async () => {
    const [seconds, microseconds] = await redis.time();
    return [Number(seconds), Number(microseconds)];
  };
