/** The one door to ioredis: connections that wait for a Redis that is away, and tell once when it goes. */
import { Redis } from "ioredis";
import type { ReadTime } from "./clock-reading.ts";

export type { Redis };

/** Longest wait between two attempts to connect again. */
const mostRetryMs = 1000;

/** Opens a connection. Commands given while Redis is away wait for it; nothing is lost, and nothing throws. */
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

/** Ends a connection whether Redis is there or not. */
export function closeRedis(redis: Redis): void {
  redis.disconnect();
}

/** This machine's address on the way to Redis; undefined while there is no connection. */
export const localAddressOf = (redis: Redis): string | undefined =>
  "localAddress" in redis.stream ? redis.stream.localAddress : undefined;

/** Where Redis was found; undefined while there is no connection. */
export const remoteAddressOf = (redis: Redis): string | undefined => {
  const stream = redis.stream as { remoteAddress?: string } | undefined;
  return stream?.remoteAddress;
};

/**
 * Reads texts of at most `mostBytes` each: who can write to Redis must not be able to fill our memory with one key.
 * Each is null where nothing is, or an Error where something is that cannot be read.
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
