/**
 * Parser for event streams (WHATWG HTML, sections 9.2.5 and 9.2.6) that arrive in arbitrary chunks: a leading BOM is
 * skipped; lines end with CR LF, LF or CR; an event's data lines are joined by line feeds. Comments and unused fields
 * are not kept, whatever their length. An event that arrives whole in one chunk allocates nothing.
 */
import { EventDraft } from "./event-draft.ts";
import { type LastEvents, mostIdBytes } from "./last-events.ts";

const lineFeed = 10;
const carriageReturn = 13;
const space = 32;
const colon = 58;
const byteOrderMark = [0xef, 0xbb, 0xbf];
const [dataName, eventName, idName, retryName] = ["data", "event", "id", "retry"].map((name) => Buffer.from(name)) as [
  Buffer,
  Buffer,
  Buffer,
  Buffer,
];
/** Room for a field's name in addition to its value. */
const longestNameBytes = 7;

/** State flags of a slot's stream; the lowest two bits count the BOM bytes received. */
const markBits = 3;
const begun = 4;
/** The last byte was a CR: an LF that follows belongs to it. */
const afterReturn = 8;
/** The current line is a comment or an unused field. */
const ignoring = 16;

/**
 * Receives an event whose data is in `bytes` from `start` to `end` and may be modified there. Returns false to reject
 * the event.
 */
export type TellEvent = (slot: number, bytes: Buffer, start: number, end: number, isLast: boolean) => boolean;

export interface EventStreamOptions {
  slots: number;
  /** Maximum size of an event's data, bytes. */
  maxEventBytes: number;
  /** Whether event names are read. */
  readsNames?: boolean;
  /** Where ids and retry times are recorded; absent: they are not read. */
  lastEvents?: LastEvents;
}

export class EventStream {
  /** Name of the event being delivered, empty when none was given (meaning "message"). Only set with `readsNames`. */
  name = "";
  readonly #options: EventStreamOptions;
  readonly #tell: TellEvent;
  readonly #names: readonly Buffer[];
  readonly #flags: Uint8Array;
  /** Counts the streams of a slot, so that the rest of a chunk of an earlier stream is dropped. */
  readonly #life: Uint32Array;
  readonly #drafts = new Map<number, EventDraft>();
  /** For events that arrive whole in one chunk and whose data stays there. */
  readonly #shared = new EventDraft(true);

  constructor(options: EventStreamOptions, tell: TellEvent) {
    this.#options = options;
    this.#tell = tell;
    this.#names = [
      dataName,
      ...(options.readsNames === true ? [eventName] : []),
      ...(options.lastEvents === undefined ? [] : [idName, retryName]),
    ];
    this.#flags = new Uint8Array(options.slots);
    this.#life = new Uint32Array(options.slots);
  }

  /** Clears a slot's stream. */
  reset(slot: number): void {
    this.#flags[slot] = 0;
    this.#life[slot]!++;
    if (this.#drafts.size > 0) this.#drafts.delete(slot);
  }

  /**
   * Parses the chunk from `start` to `end`; `endsRead`: nothing was read after it. Returns false when an event is
   * rejected or too large.
   */
  take(slot: number, bytes: Buffer, start: number, end: number, endsRead: boolean): boolean {
    const life = this.#life[slot]!;
    const own = this.#drafts.get(slot);
    const draft = own ?? this.#shared;
    let at = this.#begin(slot, bytes, start, end);
    while (at < end) {
      let stop = at;
      while (stop < end && bytes[stop] !== lineFeed && bytes[stop] !== carriageReturn) stop++;
      if (stop === end) break;
      let next = stop + 1;
      if (bytes[stop] === carriageReturn) {
        if (next === end) this.#flags[slot]! |= afterReturn;
        else if (bytes[next] === lineFeed) next++;
      }
      const goesOn = this.#endLine(slot, draft, bytes, at, stop, endsRead && next === end);
      if (this.#life[slot] !== life) {
        draft.clear();
        return true;
      }
      if (!goesOn) return this.#refuse(slot, draft);
      at = next;
    }
    return this.#keep(slot, draft, bytes, at, end) || this.#refuse(slot, draft);
  }

  /**
   * The stream ended. An event without its final empty line does not count (section 9.2.6), but is delivered anyway
   * with `tellsUnfinished`. Returns false when that event is rejected.
   */
  finish(slot: number, tellsUnfinished: boolean): boolean {
    const draft = this.#drafts.get(slot);
    if (draft === undefined || !tellsUnfinished) return true;
    const isRead = (this.#flags[slot]! & ignoring) !== 0 || this.#field(slot, draft, draft.line, 0, draft.lineLength);
    return isRead && this.#dispatch(slot, draft, true);
  }

  /**
   * Start of the first line of a chunk: after the BOM, and after the LF that completes a CR at the end of the previous
   * chunk.
   */
  #begin(slot: number, bytes: Buffer, start: number, end: number): number {
    let flags = this.#flags[slot]!;
    let at = start;
    while ((flags & begun) === 0 && at < end) {
      const matched = flags & markBits;
      if (bytes[at] === byteOrderMark[matched]) {
        at++;
        flags = matched === 2 ? begun : matched + 1;
        // A line that starts with part of the BOM cannot be a known field.
      } else flags = matched === 0 ? begun : begun | ignoring;
    }
    if ((flags & afterReturn) !== 0 && at < end) {
      flags &= ~afterReturn;
      if (bytes[at] === lineFeed) at++;
    }
    this.#flags[slot] = flags;
    return at;
  }

  /** Handles a complete line: its beginning is in the draft, the rest from `from` to `to`. */
  #endLine(slot: number, draft: EventDraft, bytes: Buffer, from: number, to: number, isLast: boolean): boolean {
    if ((this.#flags[slot]! & ignoring) !== 0) {
      this.#flags[slot]! &= ~ignoring;
      return true;
    }
    if (draft.lineLength === 0)
      return from === to ? this.#dispatch(slot, draft, isLast) : this.#field(slot, draft, bytes, from, to);
    if (!draft.addToLine(bytes, from, to, this.#mostLineBytes)) return false;
    const { line, lineLength } = draft;
    draft.lineLength = 0;
    return this.#field(slot, draft, line, 0, lineLength);
  }

  get #mostLineBytes(): number {
    return this.#options.maxEventBytes + longestNameBytes;
  }

  #field(slot: number, draft: EventDraft, bytes: Buffer, from: number, to: number): boolean {
    const data = valueStart(bytes, from, to, dataName);
    if (data >= 0) return draft.addData(bytes, data, to, this.#options.maxEventBytes);
    const { readsNames, lastEvents } = this.#options;
    if (readsNames === true) {
      const name = valueStart(bytes, from, to, eventName);
      if (name >= 0) draft.name = bytes.toString("utf8", name, to);
    }
    if (lastEvents === undefined) return true;
    const id = valueStart(bytes, from, to, idName);
    if (id >= 0 && !bytes.subarray(id, to).includes(0)) draft.setId(bytes, id, to, mostIdBytes);
    const retry = valueStart(bytes, from, to, retryName);
    if (retry >= 0 && /^[0-9]{1,15}$/.test(bytes.toString("latin1", retry, to)))
      lastEvents.retry(slot, Number(bytes.toString("latin1", retry, to)));
    return true;
  }

  #dispatch(slot: number, draft: EventDraft, isLast: boolean): boolean {
    const { data, start, length } = draft;
    this.name = draft.name;
    if (draft.idLength >= 0) this.#options.lastEvents?.event(slot, draft.id, draft.idLength);
    draft.clear();
    return length < 0 || this.#tell(slot, data, start, start + length, isLast);
  }

  /** Keeps an incomplete event. False when it is too large. */
  #keep(slot: number, draft: EventDraft, bytes: Buffer, at: number, end: number): boolean {
    const keepsLine = at < end && (this.#flags[slot]! & ignoring) === 0;
    if (!keepsLine && draft.isEmpty) {
      if (draft !== this.#shared) this.#drafts.delete(slot);
      return true;
    }
    const own = draft === this.#shared ? this.#adopt(slot) : draft;
    if (!keepsLine) return true;
    if (!own.addToLine(bytes, at, end, this.#mostLineBytes)) return false;
    if (this.#names.some((name) => couldBe(own.line, own.lineLength, name))) return true;
    own.lineLength = 0;
    this.#flags[slot]! |= ignoring;
    if (own.isEmpty) this.#drafts.delete(slot);
    return true;
  }

  /** Creates the slot's own draft with the contents of the shared one. */
  #adopt(slot: number): EventDraft {
    const own = new EventDraft();
    own.takeFrom(this.#shared);
    this.#shared.clear();
    this.#drafts.set(slot, own);
    return own;
  }

  #refuse(slot: number, draft: EventDraft): false {
    draft.clear();
    this.#drafts.delete(slot);
    return false;
  }
}

/** Start of a line's value if its field has this name, otherwise -1. A line without a colon is only a name. */
function valueStart(bytes: Buffer, from: number, to: number, name: Buffer): number {
  const after = from + name.length;
  if (to < after || (to > after && bytes[after] !== colon)) return -1;
  for (let i = 0; i < name.length; i++) if (bytes[from + i] !== name[i]) return -1;
  if (to === after) return to;
  return after + 1 < to && bytes[after + 1] === space ? after + 2 : after + 1;
}

/** Whether a line that starts like this may belong to the field of this name. */
function couldBe(line: Buffer, length: number, name: Buffer): boolean {
  for (let i = 0; i < Math.min(length, name.length); i++) if (line[i] !== name[i]) return false;
  return length <= name.length || line[name.length] === colon;
}
