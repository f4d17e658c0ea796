/** Reads a message's number, and the channel it is numbered in, where a scenario says they are. */
import { type PlainLocation, parsePlainLocation } from "../../scenario/stamp-location.ts";
import { countOf, groupAt, jsonAt, numberAt } from "./located-value.ts";

export class SequenceReader {
  /** Name of the channel of the message read last; empty where the connection itself is numbered. */
  channel = "";
  readonly #sequence: PlainLocation;
  readonly #channel: PlainLocation | null;

  /** Throws a sentence when a location is none. */
  constructor(sequence: string, channel: string | undefined) {
    this.#sequence = parsePlainLocation(sequence);
    this.#channel = channel === undefined ? null : parsePlainLocation(channel);
  }

  /** Whether each channel is numbered by itself. */
  get hasChannels(): boolean {
    return this.#channel !== null;
  }

  /** The message's number; -1 when it has none, or no channel where there should be one. */
  read(bytes: Buffer, start: number, end: number, isText: boolean): number {
    const number = countOf(valueAt(this.#sequence, bytes, start, end, isText));
    if (number < 0 || this.#channel === null) return number;
    const channel = valueAt(this.#channel, bytes, start, end, isText);
    if (channel === undefined || channel === null || channel === "") return -1;
    this.channel = String(channel);
    return number;
  }
}

function valueAt(location: PlainLocation, bytes: Buffer, start: number, end: number, isText: boolean): unknown {
  switch (location.kind) {
    case "json":
      return jsonAt(bytes, start, end, location.path);
    case "text":
      return groupAt(bytes, start, end, location.pattern);
    case "binary":
      return isText ? undefined : numberAt(bytes, start, end, location);
  }
}
