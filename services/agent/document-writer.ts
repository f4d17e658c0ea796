/**
 * Keeps one document in Redis current: one write at a time, the newest always last; a slow Redis gets fewer writes,
 * never older ones.
 */
import type { Redis } from "./redis.ts";

export class DocumentWriter {
  readonly #redis: Redis;
  readonly #key: string;
  readonly #livesMs: number;
  readonly #news: { channel: string; text: string };
  #next: (() => string) | null = null;
  #isWriting = false;

  /** `news` is published after each write. */
  constructor(redis: Redis, key: string, livesMs: number, news: { channel: string; text: string }) {
    this.#redis = redis;
    this.#key = key;
    this.#livesMs = livesMs;
    this.#news = news;
  }

  /** Writes what `render` gives when its turn comes; one that waits already is replaced. */
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
        // The connection was closed for good; the next second tells again, if there is one.
      }
    }
    this.#isWriting = false;
  }
}
