/**
 * The live seconds of runs. Each run keeps its last 900 ticks, and its marks (targets, phases) from before them; who connects gets them again,
 * then one a second. A reader that does
 * not keep up misses ticks and is told how many: a slow reader never holds a run, or another reader, up.
 */
import type { Phase } from "../../../clients/measure/phase.ts";
import type { RunObserver, Snapshot } from "../../../clients/run/coordinate/observer.ts";
import { type LiveTick, liveTick } from "./live-tick.ts";

export const replayedTicks = 900;
/** Marks kept from before those: a run has a handful, a capacity search as many a trial. */
export const replayedMarks = 500;
/** How long the ticks of a run that ended are kept; afterwards they come from its folder. */
const keptAfterEndMs = 60_000;

/** Where ticks are written: a response, or a test's recorder. */
export interface TickWriter {
  /** False: full; write no more until `whenDrained` calls back. */
  write(text: string): boolean;
  whenDrained(callback: () => void): void;
  end(): void;
}

interface Entry {
  sequence: number;
  text: string;
  isMark: boolean;
}

interface Reader {
  writer: TickWriter;
  isFull: boolean;
  dropped: number;
}

interface Feed {
  /** Marks older than {@link entries}. */
  marks: Entry[];
  entries: Entry[];
  sequence: number;
  readers: Set<Reader>;
  isOver: boolean;
}

/** One event of the stream (HTML, "Server-sent events"). */
export function eventText(event: string, data: unknown, id?: number): string {
  return `${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

export class LiveFeeds {
  readonly #feeds = new Map<string, Feed>();
  #readers = 0;

  /** Readers of all runs. */
  get readers(): number {
    return this.#readers;
  }

  has(run: string): boolean {
    return this.#feeds.has(run);
  }

  #feedOf(run: string): Feed {
    let feed = this.#feeds.get(run);
    if (feed === undefined) {
      feed = { marks: [], entries: [], sequence: 0, readers: new Set(), isOver: false };
      this.#feeds.set(run, feed);
    }
    return feed;
  }

  /** Watches one run for the feed `id`. */
  observer(id: string): RunObserver {
    return {
      // A kind that makes several runs tells them one after the other.
      begun: ({ run, target }) => this.publish(id, "run", { run, target: target.name }),
      phase: (phase: Phase, atMs: number) => this.publish(id, "phase", { phase, atMs }),
      snapshot: (snapshot: Snapshot) => this.publish(id, "tick", liveTick(snapshot) satisfies LiveTick),
    };
  }

  /** Adds an event to a run's feed and sends it to its readers. */
  publish(id: string, event: string, data: unknown): void {
    const feed = this.#feedOf(id);
    const entry = { sequence: ++feed.sequence, text: eventText(event, data, feed.sequence), isMark: event !== "tick" };
    feed.entries.push(entry);
    if (feed.entries.length > replayedTicks) {
      const oldest = feed.entries.shift() as Entry;
      if (oldest.isMark) feed.marks.push(oldest);
      if (feed.marks.length > replayedMarks) feed.marks.shift();
    }
    for (const reader of feed.readers) this.#send(reader, entry.text);
  }

  #send(reader: Reader, text: string): void {
    if (reader.isFull) {
      reader.dropped++;
      return;
    }
    const told = reader.dropped > 0 ? eventText("dropped", { ticks: reader.dropped }) : "";
    reader.dropped = 0;
    this.#write(reader, told + text);
  }

  #write(reader: Reader, text: string): void {
    if (reader.writer.write(text)) return;
    reader.isFull = true;
    reader.writer.whenDrained(() => {
      reader.isFull = false;
    });
  }

  /** Replays what is kept after the event `after`, then goes on. Returns how to leave. Null when there is no such feed. */
  join(id: string, writer: TickWriter, after: number): (() => void) | null {
    const feed = this.#feeds.get(id);
    if (feed === undefined) return null;
    const reader: Reader = { writer, isFull: false, dropped: 0 };
    const replay = [...feed.marks, ...feed.entries].filter(({ sequence }) => sequence > after).map(({ text }) => text);
    if (replay.length > 0) this.#write(reader, replay.join(""));
    if (feed.isOver) {
      writer.end();
      return () => {};
    }
    feed.readers.add(reader);
    this.#readers++;
    return () => {
      if (feed.readers.delete(reader)) this.#readers--;
    };
  }

  /** Makes a feed before its first event, so that readers may wait for it. */
  open(id: string): void {
    this.#feedOf(id);
  }

  /** The run ended: readers get `event` and the stream ends. */
  close(id: string, event: string, data: unknown): void {
    const feed = this.#feedOf(id);
    if (feed.isOver) return;
    this.publish(id, event, data);
    feed.isOver = true;
    for (const { writer } of feed.readers) writer.end();
    this.#readers -= feed.readers.size;
    feed.readers.clear();
    setTimeout(() => this.#feeds.delete(id), keptAfterEndMs).unref();
  }

  /** Ends every stream: the service is closing. */
  closeAll(): void {
    for (const feed of this.#feeds.values()) for (const { writer } of feed.readers) writer.end();
  }
}
