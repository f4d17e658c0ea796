import type { Effects } from "../faults/push-effects.ts";
import type { Stage } from "../stage.ts";
import { copyFrame, type Frame, frameMessage } from "./framing.ts";
import { encodeMessage, encodeUnstamped, corrupt as flipBit } from "./message.ts";
import type { TickRecord } from "./tick-record.ts";

/** The frames of one tick: serialized once per form of the push, then only restamped. */
export class TickFrames {
  readonly #stage: Stage;
  readonly #record: TickRecord;
  readonly #forms: (Frame | undefined)[] = [];

  constructor(stage: Stage, record: TickRecord) {
    this.#stage = stage;
    this.#record = record;
  }

  /** The frame for a push with these effects, shared by all of the same form. */
  shared(effects: Effects): Frame {
    const form = formOf(effects);
    this.#forms[form] ??= frameMessage(this.#record.stream.protocol, this.#message(effects), this.#isStamped(effects));
    return this.#forms[form];
  }

  /** Call when a socket still holds the shared buffer: the next push gets another one. */
  release(effects: Effects): void {
    const form = formOf(effects);
    const frame = this.#forms[form];
    if (frame) this.#forms[form] = copyFrame(frame);
  }

  /** A separate frame with one flipped bit in its header, and the offset of its byte. */
  corrupted(effects: Effects): { frame: Frame; byte: number } {
    const message = this.#message(effects);
    const byte = flipBit(message, effects.corruptDraw);
    return { frame: frameMessage(this.#record.stream.protocol, message, this.#isStamped(effects)), byte };
  }

  #isStamped(effects: Effects): boolean {
    return this.#record.stream.query.written && !effects.isUnmarked && !effects.isUnstamped;
  }

  #message(effects: Effects): Buffer {
    const { stream, tick, dueNs } = this.#record;
    if (effects.isUnmarked) return encodeUnstamped(stream.query.bytes);
    const due = BigInt(dueNs) + (effects.isRealtime ? this.#stage.realtime.offsetNs() : BigInt(this.#stage.foreignNs));
    return encodeMessage(
      { tick: tick % 0x1_0000_0000, dueNs: due, group: stream.query.group, clock: effects.isRealtime ? 0 : 1 },
      stream.query.bytes,
    );
  }
}

function formOf(effects: Effects): number {
  return (effects.isUnmarked ? 1 : 0) + (effects.isRealtime ? 2 : 0) + (effects.isUnstamped ? 4 : 0);
}
