import { monotonicNs } from "../clock.ts";
import type { Owner, Wire } from "../wire.ts";
import { encodeAnswer, type HttpAnswer, wholeDelivery } from "./http-answer.ts";
import { type HttpRequest, parseRequest } from "./http-request.ts";

/** The place of one answer in the order of its connection. To be filled once. */
export interface AnswerSlot {
  /** How many requests came on this connection before it. */
  readonly order: number;
  readonly peer: string;
  /**
   * Gives the bytes, and whether the connection ends behind them. `written` is called once they are, with the instant
   * before.
   */
  fill(bytes: Buffer, isLast: boolean, written?: (beforeNs: number) => void): void;
}

/** What handles requests. It either fills the slot, now or later, or takes the wire for pushes. */
export interface RequestHandler {
  request(request: HttpRequest, slot: AnswerSlot): void;
  /** Returns true when it takes the wire over, with what the client sent behind the request. */
  upgrade(request: HttpRequest, wire: Wire, leftover: Buffer): HttpAnswer | "taken";
}

interface Waiting {
  bytes: Buffer | null;
  isLast: boolean;
  written: ((beforeNs: number) => void) | undefined;
}

/** Requests and answers on one socket, kept alive and pipelined: answers leave in the order of the requests. */
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
    this.#isOver = true;
    if (this.#waiting.length === 0) this.#wire.socket.end();
  }

  failed(): void {
    this.#isOver = true;
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
    const waiting: Waiting = { bytes: null, isLast: false, written: undefined };
    this.#waiting.push(waiting);
    return {
      order: this.#requests++,
      peer: this.#wire.peer,
      fill: (bytes, isLast, written) => {
        Object.assign(waiting, { bytes, isLast, written });
        this.#flush();
      },
    };
  }

  #flush(): void {
    const { socket } = this.#wire;
    for (let head = this.#waiting[0]; head?.bytes; head = this.#waiting[0]) {
      this.#waiting.shift();
      if (!socket.writable) continue;
      const beforeNs = head.written === undefined ? 0 : monotonicNs();
      socket.write(head.bytes);
      head.written?.(beforeNs);
      if (head.isLast) {
        this.#isOver = true;
        socket.end();
      }
    }
    if (this.#isOver && this.#waiting.length === 0 && socket.writable) socket.end();
  }
}
