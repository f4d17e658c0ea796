import { Redis } from "ioredis";

/** The response for one user, by HTTP status. */
export type UserAnswer = { status: 200; value: Buffer } | { status: 404 | 503; error: string };

/** Longest wait for a response from Redis, milliseconds. */
export const redisTimeoutMs = 1000;

const unavailable: UserAnswer = { status: 503, error: "redis unavailable" };
const notFound: UserAnswer = { status: 404, error: "user not found" };

/** Reads users from Redis. Without a URL, and while Redis is away, every response is 503. */
export class Users {
  readonly #redis: Redis | null;

  constructor(redisUrl: string) {
    this.#redis = redisUrl === "" ? null : connect(redisUrl);
  }

  /** True when it was given a Redis. */
  get hasRedis(): boolean {
    return this.#redis !== null;
  }

  /** The cached value of a user, unchanged bytes. */
  async read(id: string): Promise<UserAnswer> {
    if (this.#redis === null) return unavailable;
    try {
      const value = await this.#redis.getBuffer(`user:${id}`);
      return value === null ? notFound : { status: 200, value };
    } catch {
      return unavailable;
    }
  }

  /** Closes the connection to Redis. */
  close(): void {
    this.#redis?.disconnect();
  }
}

function connect(redisUrl: string): Redis {
  const redis = new Redis(redisUrl, {
    connectTimeout: redisTimeoutMs,
    commandTimeout: redisTimeoutMs,
    // Fail at once while Redis is away, instead of queueing requests until it is back.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (attempts) => Math.min(attempts * 50, 500),
    // The GETs of one event loop iteration are sent in one write.
    enableAutoPipelining: true,
  });
  redis.on("error", () => {}); // each request reports it with a 503; the client keeps reconnecting
  return redis;
}
