import { monotonicNs } from "../clock.ts";
import type { Owner, Wire } from "../wire.ts";
import { encodeAnswer, type HttpAnswer, wholeDelivery } from "./http-answer.ts";
import { type HttpRequest, parseRequest } from "./http-request.ts";

/** Called after bytes were written, with the instant before. */
export type Written = (beforeNs: number) => void;

/** The place of one response in the order of its connection. Must be filled once. */
export interface AnswerSlot {
  /** Number of earlier requests on this connection. */
  readonly order: number;
  readonly peer: string;
  /** Called once if the client leaves before its response is complete. */
  left: (() => void) | null;
  /** Sends bytes to be followed by more. `written` is called once they are written, with the instant before. */
  part(bytes: Buffer, written?: Written): void;
  /** Sends the last bytes; `isLast`: the connection ends after them. */
  fill(bytes: Buffer, isLast: boolean, written?: Written): void;
  /** Resets the connection, discarding anything queued. */
  reset(): void;
}

/** Handles requests: fills the slot, now or later, or takes over the wire for pushes. */
export interface RequestHandler {
  request(request: HttpRequest, slot: AnswerSlot): void;
  /** Returns "taken" when it takes over the wire, with the bytes the client sent after the request. */
  upgrade(request: HttpRequest, wire: Wire, leftover: Buffer): HttpAnswer | "taken";
}

/** A response that is not completely written yet. */
interface Waiting {
  readonly slot: AnswerSlot;
  readonly parts: { readonly bytes: Buffer; readonly written: Written | undefined }[];
  isWhole: boolean;
  isLast: boolean;
}

/** Requests and responses on one socket, with keep-alive and pipelining: responses are sent in request order. */
export class Conversation implements Owner {
  readonly #wire: Wire;
  readonly #handler: RequestHandler;
  readonly #waiting: Waiting[] = [];
  #rest: Buffer | null = null;
  #requests = 0;
  #isOver = false;

  constructor(wire: Wire, handler: RequestHandler) {
    this.#wire = wire;
    this.#handler = handler;
  }

  data(chunk: Buffer): void {
    let bytes = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    this.#rest = null;
    while (bytes.length > 0 && !this.#isOver) {
      const parsed = parseRequest(bytes);
      if (parsed === null) {
        this.#rest = bytes;
        return;
      }
      if ("status" in parsed) return this.#refuse(parsed.status);
      bytes = bytes.subarray(parsed.end);
      if (this.#dispatch(parsed.request, bytes) === "taken") return;
    }
  }

  ended(): void {
    this.#leave();
    if (this.#waiting.length === 0) this.#wire.socket.end();
  }

  failed(): void {
    this.#leave();
  }

  #leave(): void {
    this.#isOver = true;
    for (const { slot } of [...this.#waiting]) {
      const { left } = slot;
      slot.left = null;
      left?.();
    }
  }

  #dispatch(request: HttpRequest, leftover: Buffer): "taken" | "answered" {
    if (request.path === "/push" || request.path === "/events") {
      const answer = this.#handler.upgrade(request, this.#wire, leftover);
      if (answer === "taken") return "taken";
      this.#slot().fill(
        encodeAnswer(answer, { ...wholeDelivery, keepsAlive: request.keepsAlive }),
        !request.keepsAlive,
      );
    } else this.#handler.request(request, this.#slot());
    return "answered";
  }

  #refuse(status: number): void {
    this.#isOver = true;
    this.#slot().fill(
      encodeAnswer(
        { status, type: "application/json", body: '{"error":"expected an HTTP/1.1 request"}' },
        { ...wholeDelivery, keepsAlive: false },
      ),
      true,
    );
  }

  #slot(): AnswerSlot {
    const give = (isWhole: boolean, isLast: boolean, bytes: Buffer, written: Written | undefined): void => {
      waiting.parts.push({ bytes, written });
      Object.assign(waiting, { isWhole, isLast });
      this.#flush();
    };
    const slot: AnswerSlot = {
      order: this.#requests++,
      peer: this.#wire.peer,
      left: null,
      part: (bytes, written) => give(false, false, bytes, written),
      fill: (bytes, isLast, written) => give(true, isLast, bytes, written),
      reset: () => {
        this.#isOver = true;
        this.#wire.socket.resetAndDestroy();
      },
    };
    const waiting: Waiting = { slot, parts: [], isWhole: false, isLast: false };
    this.#waiting.push(waiting);
    return slot;
  }

  #flush(): void {
    const { socket } = this.#wire;
    for (let head = this.#waiting[0]; head !== undefined; head = this.#waiting[0]) {
      for (const { bytes, written } of head.parts.splice(0)) {
        if (!socket.writable) continue;
        const beforeNs = written === undefined ? 0 : monotonicNs();
        socket.write(bytes);
        written?.(beforeNs);
      }
      if (!head.isWhole) return;
      this.#waiting.shift();
      if (head.isLast && socket.writable) {
        this.#isOver = true;
        socket.end();
      }
    }
    if (this.#isOver && socket.writable) socket.end();
  }
}
