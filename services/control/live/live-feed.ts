/**
 * Live feeds of runs. Each run keeps its last 900 ticks, and older marks (targets, phases); a new reader gets these
 * first, then one tick per second. A reader that does not keep up misses ticks and is told how many: a slow reader
 * never blocks a run or another reader.
 */
import type { Phase } from "../../../clients/measure/phase.ts";
import type { RunObserver, Snapshot } from "../../../clients/run/coordinate/observer.ts";
import { type LiveTick, liveTick } from "./live-tick.ts";

export const replayedTicks = 900;
/** Older marks kept: a run has a handful, a capacity search as many per trial. */
export const replayedMarks = 500;
/** How long the ticks of an ended run are kept, milliseconds; later they are read from its folder. */
const keptAfterEndMs = 60_000;

/** Where ticks are written: a response, or a test's recorder. */
export interface TickWriter {
  /** Returns false when full: write no more until `whenDrained` calls back. */
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
  /** Texts still to be replayed, shared with the feed and other readers. */
  waiting: readonly string[];
  isFull: boolean;
  dropped: number;
  /** Nothing follows the waiting texts. */
  isLast: boolean;
  left: () => void;
}

/** The id of a run's last event, above all others: a reader that reconnects with it has everything. */
export const endId = Number.MAX_SAFE_INTEGER;
/** A replay is written in chunks of about this many characters. */
const pieceLength = 32 * 1024;

interface Feed {
  /** Marks older than {@link entries}. */
  marks: Entry[];
  entries: Entry[];
  sequence: number;
  readers: Set<Reader>;
  isOver: boolean;
}

/** Formats one event of the stream (HTML, "Server-sent events"). */
export function eventText(event: string, data: unknown, id?: number): string {
  return `${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

export class LiveFeeds {
  readonly #feeds = new Map<string, Feed>();
  #readers = 0;

  /** Number of readers of all runs. */
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

  /** An observer that publishes one run on the feed `id`. */
  observer(id: string): RunObserver {
    return {
      // A kind with several runs publishes them one after another.
      begun: ({ run, target }) => this.publish(id, "run", { run, target: target.name }),
      phase: (phase: Phase, atMs: number, stage?: number) => this.publish(id, "phase", { phase, atMs, stage }),
      snapshot: (snapshot: Snapshot) => this.publish(id, "tick", liveTick(snapshot) satisfies LiveTick),
    };
  }

  /** Adds an event to a run's feed and sends it to its readers. */
  publish(id: string, event: string, data: unknown): void {
    const feed = this.#feedOf(id);
    feed.sequence++;
    this.#add(feed, { sequence: feed.sequence, text: eventText(event, data, feed.sequence), isMark: event !== "tick" });
  }

  #add(feed: Feed, entry: Entry): void {
    feed.entries.push(entry);
    if (feed.entries.length > replayedTicks) {
      const oldest = feed.entries.shift() as Entry;
      if (oldest.isMark) feed.marks.push(oldest);
      if (feed.marks.length > replayedMarks) feed.marks.shift();
    }
    for (const reader of feed.readers) this.#send(reader, entry.text);
  }

  #send(reader: Reader, text: string): void {
    // Events that arrive during a replay are appended to it.
    if (reader.dropped === 0 && reader.waiting.length > 0 && reader.waiting.length <= replayedTicks) {
      reader.waiting = [...reader.waiting, text];
      return;
    }
    if (reader.isFull || reader.waiting.length > 0) {
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
      this.#pump(reader);
    });
  }

  /** Writes waiting texts as fast as the reader accepts them, and ends its stream after the last. */
  #pump(reader: Reader): void {
    while (!reader.isFull && reader.waiting.length > 0) {
      let [count, length] = [0, 0];
      while (count < reader.waiting.length && length < pieceLength) length += reader.waiting[count++]!.length;
      const piece = reader.waiting.slice(0, count).join("");
      reader.waiting = reader.waiting.slice(count);
      this.#write(reader, piece);
    }
    if (reader.isFull || !reader.isLast) return;
    reader.writer.end();
    reader.left();
  }

  #enter(writer: TickWriter, waiting: readonly string[], isLast: boolean, left: () => void = () => {}): Reader {
    let isIn = true;
    this.#readers++;
    const leave = (): void => {
      if (isIn) this.#readers--;
      isIn = false;
      left();
    };
    return { writer, waiting, isFull: false, dropped: 0, isLast, left: leave };
  }

  /**
   * Replays what is kept after the event `after`, then continues live. Returns the function to leave; null when there
   * is no such feed.
   */
  join(id: string, writer: TickWriter, after: number): (() => void) | null {
    const feed = this.#feeds.get(id);
    if (feed === undefined) return null;
    // Higher ids come from an earlier service process.
    const from = after > feed.sequence && after !== endId ? 0 : after;
    const waiting = [...feed.marks, ...feed.entries].filter(({ sequence }) => sequence > from).map(({ text }) => text);
    const reader = this.#enter(writer, waiting, feed.isOver, () => feed.readers.delete(reader));
    if (!feed.isOver) feed.readers.add(reader);
    this.#pump(reader);
    return reader.left;
  }

  /**
   * Sends everything from a source as fast as the reader accepts it, and ends the stream. Returns the function to
   * leave.
   */
  send(writer: TickWriter, source: AsyncIterable<string>): () => void {
    const reader = this.#enter(writer, [], true);
    let isGone = false;
    let goOn: () => void = () => {};
    const send = async (): Promise<void> => {
      for await (const text of source) {
        if (isGone) return;
        if (writer.write(text)) continue;
        await new Promise<void>((resolve) => {
          goOn = resolve;
          writer.whenDrained(resolve);
        });
      }
    };
    const end = (): void => {
      if (!isGone) writer.end();
      reader.left();
    };
    send().then(end, end);
    return () => {
      isGone = true;
      goOn();
      reader.left();
    };
  }

  /** Creates a feed before its first event, so that readers can wait for it. */
  open(id: string): void {
    this.#feedOf(id);
  }

  /** The run ended: sends `event` to its readers and ends their streams. */
  close(id: string, event: string, data: unknown): void {
    const feed = this.#feedOf(id);
    if (feed.isOver) return;
    const text = eventText(event, data, endId);
    const readers = [...feed.readers];
    feed.readers.clear();
    this.#add(feed, { sequence: endId, text, isMark: true });
    feed.isOver = true;
    for (const reader of readers) {
      const dropped = reader.dropped > 0 ? [eventText("dropped", { ticks: reader.dropped })] : [];
      reader.waiting = [...reader.waiting, ...dropped, text];
      reader.isLast = true;
      this.#pump(reader);
    }
    setTimeout(() => this.#feeds.delete(id), keptAfterEndMs).unref();
  }

  /** Whether a run's feed is over and `after` is its last event. */
  hasAll(id: string, after: number): boolean {
    return after === endId && (this.#feeds.get(id)?.isOver ?? true);
  }

  /** Ends every stream because the service is closing. */
  closeAll(): void {
    for (const feed of this.#feeds.values()) for (const { writer } of feed.readers) writer.end();
  }
}
