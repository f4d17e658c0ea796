/**
 * The live seconds of runs. Each run keeps its last 900 ticks, and its marks (targets, phases) from before them; who
 * connects gets them again, then one a second. A reader that does not keep up misses ticks and is told how many: a slow
 * reader never holds a run, or another reader, up.
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
  /** What is still to be replayed: texts that the feed, or the other readers, have as well. */
  waiting: readonly string[];
  isFull: boolean;
  dropped: number;
  /** Nothing follows what waits. */
  isLast: boolean;
  left: () => void;
}

/** The id of a run's last event, above all others: who comes back with it has all there is. */
export const endId = Number.MAX_SAFE_INTEGER;
/** A replay is written in pieces of about so many characters. */
const pieceLength = 32 * 1024;

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
    // What comes during a replay comes after it.
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

  /** Writes what waits, as fast as the reader takes it, and ends its stream after the last. */
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
   * Replays what is kept after the event `after`, then goes on. Returns how to leave. Null when there is no such feed.
   */
  join(id: string, writer: TickWriter, after: number): (() => void) | null {
    const feed = this.#feeds.get(id);
    if (feed === undefined) return null;
    // Ids above ours are those of a service before this one.
    const from = after > feed.sequence && after !== endId ? 0 : after;
    const waiting = [...feed.marks, ...feed.entries].filter(({ sequence }) => sequence > from).map(({ text }) => text);
    const reader = this.#enter(writer, waiting, feed.isOver, () => feed.readers.delete(reader));
    if (!feed.isOver) feed.readers.add(reader);
    this.#pump(reader);
    return reader.left;
  }

  /** Sends what a source has, as fast as the reader takes it, and ends the stream. Returns how to leave. */
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

  /** Makes a feed before its first event, so that readers may wait for it. */
  open(id: string): void {
    this.#feedOf(id);
  }

  /** The run ended: readers get `event` and the stream ends. */
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

  /** Ends every stream: the service is closing. */
  closeAll(): void {
    for (const feed of this.#feeds.values()) for (const { writer } of feed.readers) writer.end();
  }
}
