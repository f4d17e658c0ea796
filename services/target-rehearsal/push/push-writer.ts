import { monotonicNs } from "../clock.ts";
import type { Effects } from "../faults/push-effects.ts";
import type { Stage } from "../stage.ts";
import { controlFrame, type Held, type PushConnection } from "./connection.ts";
import { copyFrame, type Frame, stamp, webSocketHeader } from "./framing.ts";
import type { TickFrames } from "./tick-frames.ts";
import type { TickRecord } from "./tick-record.ts";

/** Queued pushes at which a connection is closed with 1013. */
export const queueLimitPushes = 64;

/** Writes individual pushes, with the effects of faults. */
export class PushWriter {
  readonly #stage: Stage;
  readonly #overflow: (connection: PushConnection) => void;

  constructor(stage: Stage, overflow: (connection: PushConnection) => void) {
    this.#stage = stage;
    this.#overflow = overflow;
  }

  /** Writes a push, or holds it back for the next one if a fault says so. */
  send(connection: PushConnection, record: TickRecord, frames: TickFrames, effects: Effects): void {
    const shared = frames.shared(effects);
    if (connection.queuedBytes >= queueLimitPushes * shared.bytes.length) {
      record.counts.abandoned++;
      this.#overflow(connection);
      return;
    }
    const frame = effects.corruptFault < 0 ? shared : this.#corrupt(connection, record, frames, effects);
    if (effects.holdFault >= 0 && !connection.held) {
      connection.held = { frame: copyFrame(frame), record, effects };
      return;
    }
    const { held } = connection;
    connection.held = null;
    if (held?.effects.hold === "coalesce") this.#together(connection, held, record, frame, effects);
    else {
      if (this.#write(connection, record, frame, effects) && frame === shared) frames.release(effects);
      if (held) this.#late(connection, held, record.tick);
    }
    if (effects.duplicateFault >= 0) this.#again(connection, record, frame, effects);
  }

  /** Abandons the push held for a connection. */
  abandonHeld(connection: PushConnection): void {
    if (!connection.held) return;
    connection.held.record.counts.abandoned++;
    connection.held.record.check();
    connection.held = null;
  }

  #stamp(frame: Frame, effects: Effects, nowNs: number): void {
    stamp(frame, effects.isRealtime ? BigInt(nowNs) + this.#stage.realtime.offsetNs() : nowNs + this.#stage.foreignNs);
  }

  /** Writes one push; returns whether its buffer is still in use. */
  #write(connection: PushConnection, record: TickRecord, frame: Frame, effects: Effects): boolean {
    const nowNs = monotonicNs();
    this.#stamp(frame, effects, nowNs);
    record.wrote(nowNs);
    if (effects.isUnstamped || effects.isUnmarked) record.counts.unstamped++;
    return this.#deliver(connection, record, frame.bytes, effects);
  }

  #deliver(connection: PushConnection, record: TickRecord, bytes: Buffer, effects: Effects): boolean {
    let whole = bytes;
    if (effects.frames > 1 && connection.protocol === "websocket") {
      whole = fragmented(bytes.subarray(bytes.length - connection.query.bytes), effects.frames);
      record.counts.fragmented++;
      this.#stage.totals.pings.sent += effects.frames - 1;
    }
    if (effects.pieceBytes === 0) return connection.write(whole) && whole === bytes;
    record.counts.split++;
    connection.writeInPieces(Buffer.from(whole), effects.pieceBytes);
    return false;
  }

  #corrupt(connection: PushConnection, record: TickRecord, frames: TickFrames, effects: Effects): Frame {
    const { frame, byte } = frames.corrupted(effects);
    record.counts.corrupted++;
    this.#stage.account.note("corrupted", {
      conn: connection.index,
      tick: record.tick,
      fault: effects.corruptFault,
      byte,
    });
    return frame;
  }

  #again(connection: PushConnection, record: TickRecord, frame: Frame, effects: Effects): void {
    const copy = copyFrame(frame);
    this.#stamp(copy, effects, monotonicNs());
    record.counts.duplicated++;
    this.#stage.account.note("duplicated", {
      conn: connection.index,
      tick: record.tick,
      fault: effects.duplicateFault,
    });
    this.#deliver(connection, record, copy.bytes, effects);
  }

  /** Writes a held push after the one that followed it. */
  #late(connection: PushConnection, { frame, record, effects }: Held, afterTick: number): void {
    const nowNs = monotonicNs();
    this.#stamp(frame, effects, nowNs);
    record.wrote(nowNs);
    record.counts.reordered++;
    this.#stage.account.note("reordered", {
      conn: connection.index,
      tick: record.tick,
      afterTick,
      fault: effects.holdFault,
    });
    connection.write(frame.bytes);
    record.check();
  }

  /** Writes a held push and its successor in one write. */
  #together(connection: PushConnection, held: Held, record: TickRecord, frame: Frame, effects: Effects): void {
    const nowNs = monotonicNs();
    this.#stamp(held.frame, held.effects, nowNs);
    this.#stamp(frame, effects, nowNs);
    held.record.wrote(nowNs);
    record.wrote(nowNs);
    held.record.counts.coalesced++;
    this.#stage.account.note("coalesced", {
      conn: connection.index,
      tick: held.record.tick,
      withTick: record.tick,
      fault: held.effects.holdFault,
    });
    connection.write(Buffer.concat([held.frame.bytes, frame.bytes]));
    held.record.check();
  }
}

/**
 * A binary message in `count` frames (at most one per byte) with an empty ping between each two (RFC 6455, section
 * 5.4).
 */
export function fragmented(payload: Buffer, count: number): Buffer {
  const frames = Math.min(count, payload.length);
  const parts: Buffer[] = [];
  for (let each = 0; each < frames; each++) {
    const from = Math.floor((each * payload.length) / frames);
    const to = Math.floor(((each + 1) * payload.length) / frames);
    const isLast = each === frames - 1;
    parts.push(webSocketHeader((isLast ? 0x80 : 0) | (each === 0 ? 2 : 0), to - from), payload.subarray(from, to));
    if (!isLast) parts.push(controlFrame(9, Buffer.alloc(0)));
  }
  return Buffer.concat(parts);
}
