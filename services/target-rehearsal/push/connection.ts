import type { Socket } from "node:net";
import type { Effects } from "../faults/push-effects.ts";
import type { Candidate } from "../faults/selection.ts";
import type { Wire } from "../wire.ts";
import { type Frame, type Protocol, webSocketHeader } from "./framing.ts";
import type { PushQuery } from "./query.ts";
import type { Stream } from "./stream.ts";
import type { TickRecord } from "./tick-record.ts";

/** A push held back until the connection's next one, to be written together with it or after it. */
export interface Held {
  readonly frame: Frame;
  readonly record: TickRecord;
  readonly effects: Effects;
}

/** The parts of a new connection. */
export interface Opening {
  readonly wire: Wire;
  readonly protocol: Protocol;
  readonly query: PushQuery;
  /** Order among upgrade requests, from 0. */
  readonly attempt: number;
}

/**
 * A registered connection. `silent`: made half-open by a fault, and never written to again. `ended`: its end is in the
 * account.
 */
export class PushConnection implements Candidate {
  readonly socket: Socket;
  readonly peer: string;
  readonly protocol: Protocol;
  readonly query: PushQuery;
  readonly attempt: number;
  readonly index: number;
  readonly rank: number;
  stream: Stream<PushConnection> | null = null;
  firstTick = 0;
  lastTick = -1;
  state: "open" | "silent" | "ended" = "open";
  held: Held | null = null;
  /** The response to the upgrade, when a fault delays it to be written together with the first push. */
  glued: Buffer | null = null;
  #pieces: Buffer[] | null = null;

  constructor(opening: Opening, index: number, rank: number) {
    this.socket = opening.wire.socket;
    this.peer = opening.wire.peer;
    this.protocol = opening.protocol;
    this.query = opening.query;
    this.attempt = opening.attempt;
    this.index = index;
    this.rank = rank;
  }

  /** Bytes not yet accepted by the kernel. */
  get queuedBytes(): number {
    return this.socket.writableLength + (this.#pieces?.reduce((sum, piece) => sum + piece.length, 0) ?? 0);
  }

  /** Writes bytes after any that are queued. Returns true when the buffer is still in use and must not be changed. */
  write(bytes: Buffer): boolean {
    if (this.#pieces) {
      this.#pieces.push(bytes);
      return true;
    }
    if (this.glued) {
      this.socket.write(Buffer.concat([this.glued, bytes]));
      this.glued = null;
      return false;
    }
    this.socket.write(bytes);
    return this.socket.writableLength > 0;
  }

  /** Writes bytes in pieces, one per loop iteration. The buffer stays in use. */
  writeInPieces(bytes: Buffer, pieceBytes: number): void {
    const isUnderWay = this.#pieces !== null;
    this.#pieces ??= [];
    for (let at = 0; at < bytes.length; at += pieceBytes) this.#pieces.push(bytes.subarray(at, at + pieceBytes));
    if (!isUnderWay) this.#nextPiece();
  }

  #nextPiece = (): void => {
    const piece = this.#pieces?.shift();
    if (!piece) {
      this.#pieces = null;
      return;
    }
    if (this.socket.writable) this.socket.write(piece);
    setImmediate(this.#nextPiece);
  };

  /** Writes queued pieces at once because the connection is about to end. */
  flushPieces(): void {
    for (const piece of this.#pieces ?? []) this.socket.write(piece);
    this.#pieces = null;
  }
}

/** A WebSocket frame with a text message. */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  return Buffer.concat([webSocketHeader(0x81, payload.length), payload]);
}

/** A WebSocket control frame from the server. */
export function controlFrame(opcode: 8 | 9 | 10, payload: Buffer): Buffer {
  return Buffer.concat([webSocketHeader(0x80 | opcode, payload.length), payload]);
}

/** A close frame with code and reason. */
export function closeFrame(code: number, reason: string): Buffer {
  const payload = Buffer.alloc(2 + Buffer.byteLength(reason));
  payload.writeUInt16BE(code);
  payload.write(reason, 2);
  return controlFrame(8, payload);
}
