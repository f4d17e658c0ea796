/** Reads a message's number, and its channel, from where the scenario says they are. */
import { type PlainLocation, parsePlainLocation } from "../../scenario/stamp-location.ts";
import { countOf, groupAt, jsonAt, numberAt } from "./located-value.ts";

export class SequenceReader {
  /** Channel of the message read last; empty when numbers are per connection. */
  channel = "";
  readonly #sequence: PlainLocation;
  readonly #channel: PlainLocation | null;

  /** Throws a sentence when a location is invalid. */
  constructor(sequence: string, channel: string | undefined) {
    this.#sequence = parsePlainLocation(sequence);
    this.#channel = channel === undefined ? null : parsePlainLocation(channel);
  }

  /** Whether each channel has its own numbering. */
  get hasChannels(): boolean {
    return this.#channel !== null;
  }

  /** The message's number; -1 when it has none, or lacks a required channel. */
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
