/**
 * Users in Redis as specified in docs/targets.md: key `user:{id}`, a JSON record of about 200 bytes. The only place
 * here that imports ioredis.
 */
import { seededRandom } from "../../measure/statistics/seeded-random.ts";
import { withoutPassword } from "../../target/redis-server.ts";

const perBatch = 1000;
const timeoutMs = 10_000;

/** The record of one user; the same seed gives the same record. */
export function userRecord(id: number, seed: number): string {
  const draw = seededRandom(seed + id);
  const word = (): string =>
    Math.floor(draw() * 36 ** 8)
      .toString(36)
      .padStart(8, "0");
  const name = `user-${word()}`;
  return JSON.stringify({
    id,
    name,
    email: `${name}@example.com`,
    city: word(),
    bio: `${word()} ${word()} ${word()} ${word()}`,
    score: Math.floor(draw() * 1000),
    active: draw() < 0.5,
    createdAt: new Date(1.6e12 + Math.floor(draw() * 1e11)).toISOString(),
  });
}

/** Writes users 1 to `count` in pipelined batches; touches no other key. Rejects when Redis does not accept them. */
export async function seedUsers(url: string, count: number, seed: number): Promise<void> {
  // Loaded where it is needed: most runs seed nobody, and it takes a tenth of a second.
  const { Redis } = await import("ioredis");
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  let failure: Error | null = null;
  redis.on("error", (error: Error) => {
    failure = error;
  });
  try {
    await redis.connect();
    for (let from = 1; from <= count; from += perBatch) {
      const pairs = Array.from({ length: Math.min(perBatch, count - from + 1) }, (_, i) => [
        `user:${from + i}`,
        userRecord(from + i, seed),
      ]).flat();
      await redis.mset(pairs);
    }
  } catch (error) {
    const why = failure ?? (error as Error);
    throw new Error(
      `expected Redis at ${withoutPassword(url)} to take ${count} users, got: ${(why as Error).message}; is it running, and is the URL right?`,
      {
        cause: error,
      },
    );
  } finally {
    redis.disconnect();
  }
}
