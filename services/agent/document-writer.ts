/**
 * Keeps one document in Redis up to date: one write at a time, always ending with the newest; a slow Redis gets fewer
 * writes, never outdated ones.
 */
import type { Redis } from "./redis.ts";

export class DocumentWriter {
  readonly #redis: Redis;
  readonly #key: string;
  readonly #livesMs: number;
  readonly #news: { channel: string; text: string };
  #next: (() => string) | null = null;
  #isWriting = false;

  /** A message is published on channel `news` after each write. */
  constructor(redis: Redis, key: string, livesMs: number, news: { channel: string; text: string }) {
    this.#redis = redis;
    this.#key = key;
    this.#livesMs = livesMs;
    this.#news = news;
  }

  /** Writes the result of `render` when its turn comes, replacing a write that is still queued. */
  write(render: () => string): void {
    this.#next = render;
    if (!this.#isWriting) void this.#drain();
  }

  async #drain(): Promise<void> {
    this.#isWriting = true;
    while (this.#next !== null) {
      const text = this.#next();
      this.#next = null;
      try {
        await this.#redis
          .pipeline()
          .set(this.#key, text, "PX", this.#livesMs)
          .publish(this.#news.channel, this.#news.text)
          .exec();
      } catch {
        // The connection was closed permanently; the next heartbeat, if any, writes again.
      }
    }
    this.#isWriting = false;
  }
}
