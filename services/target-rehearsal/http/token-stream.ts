import { monotonicNs } from "../clock.ts";
import { hash32 } from "../faults/selection.ts";
import { type StreamCourse, StreamFaults } from "../faults/stream-faults.ts";
import type { Stage } from "../stage.ts";
import { Totals } from "../totals.ts";
import type { AnswerSlot, Written } from "./conversation.ts";
import { encodeAnswer, wholeDelivery } from "./http-answer.ts";
import type { HttpRequest } from "./http-request.ts";
import { readTokenQuery, type TokenQuery } from "./token-query.ts";

/** How a stream ended; `left`: its client left before it was complete. */
type StreamEnd = "complete" | "rejected" | "cut" | "error" | "left";

const chunk = (text: string): Buffer => Buffer.from(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
const lastChunk = Buffer.from("0\r\n\r\n");
const nothing = Buffer.alloc(0);
const endMark = Buffer.concat([chunk("data: [DONE]\n\n"), lastChunk]);
const errorEvent = Buffer.concat([chunk('event: error\ndata: {"error":"by the fault script"}\n\n'), lastChunk]);

/** Answers `POST /stream` with events, following the script. Streams are counted over all connections, from 0. */
export class TokenStreams {
  readonly #stage: Stage;
  readonly #faults: StreamFaults;
  #asked = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#faults = new StreamFaults(stage.rules);
  }

  answer(request: HttpRequest, slot: AnswerSlot): void {
    let query: TokenQuery;
    try {
      query = readTokenQuery(request.query, request.body.toString());
    } catch (error) {
      const body = JSON.stringify({ error: (error as Error).message });
      const { keepsAlive } = request;
      const answer = { status: 400, type: "application/json", body } as const;
      return slot.fill(encodeAnswer(answer, { ...wholeDelivery, keepsAlive }), !keepsAlive);
    }
    Totals.count(this.#stage.totals.streams, "asked");
    const index = this.#asked++;
    new TokenStream(this.#stage, request, slot, query, index, this.#faults.courseOf(index, monotonicNs())).begin();
  }
}

/** One response. Its events are due relative to its start, so that a late one does not delay later ones. */
class TokenStream {
  readonly #stage: Stage;
  readonly #request: HttpRequest;
  readonly #slot: AnswerSlot;
  readonly #query: TokenQuery;
  readonly #index: number;
  readonly #course: StreamCourse;
  readonly #readNs = monotonicNs();
  /** For the account: start and end of each write, relative to the reading of the request, and its number of events. */
  readonly #writes: [beforeNs: number, afterNs: number, events: number][] = [];
  #startNs = 0;
  #events = 0;
  #isOver = false;

  constructor(
    stage: Stage,
    request: HttpRequest,
    slot: AnswerSlot,
    query: TokenQuery,
    index: number,
    course: StreamCourse,
  ) {
    this.#stage = stage;
    this.#request = request;
    this.#slot = slot;
    this.#query = query;
    this.#index = index;
    this.#course = course;
  }

  begin(): void {
    this.#slot.left = () => {
      this.#ended("left");
      this.#slot.fill(nothing, true);
    };
    const { reject, headDelayMs } = this.#course;
    if (reject !== null) return this.#reject(reject.fault);
    this.#at(this.#readNs + headDelayMs * 1e6, () => {
      this.#startNs = monotonicNs();
      const connection = this.#request.keepsAlive ? "" : "connection: close\r\n";
      const head = `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-store\r\n${connection}`;
      this.#slot.part(Buffer.from(`${head}transfer-encoding: chunked\r\n\r\n`), this.#writing(0));
      this.#next();
    });
  }

  #reject({ status, retryAfterSeconds }: { status: number; retryAfterSeconds?: number }): void {
    const { keepsAlive } = this.#request;
    const body = `{"error":"status ${status} by the fault script"}`;
    const headers = retryAfterSeconds === undefined ? "" : `retry-after: ${retryAfterSeconds}\r\n`;
    const answer = { status, type: "application/json", body } as const;
    const delivery = { ...wholeDelivery, keepsAlive, headers };
    this.#finish("rejected", encodeAnswer(answer, delivery), !keepsAlive);
  }

  /** Makes the next write, with as many events as it holds, once the last of them is due; or ends the stream. */
  #next(): void {
    const { stop, burst } = this.#course;
    const stopAt = Math.min(this.#query.events, stop?.fault.afterEvents ?? Number.POSITIVE_INFINITY);
    const until = Math.min(this.#events + burst, stopAt);
    if (until > this.#events) this.#at(this.#dueNs(until - 1), () => this.#write(until));
    else if (stop === null || stop.fault.afterEvents >= this.#query.events) this.#complete();
    else this.#at(this.#dueNs(until), () => this.#stop(stop.fault));
  }

  #write(until: number): void {
    const text = "x".repeat(this.#query.bytes);
    const events: Buffer[] = [];
    const count = until - this.#events;
    for (; this.#events < until; this.#events++)
      events.push(chunk(`data: ${JSON.stringify({ index: this.#events, text })}\n\n`));
    const { streams } = this.#stage.totals;
    streams.events = (streams.events ?? 0) + count;
    this.#slot.part(Buffer.concat(events), this.#writing(count));
    this.#next();
  }

  #complete(): void {
    this.#finish("complete", endMark, !this.#request.keepsAlive);
  }

  #stop(fault: NonNullable<StreamCourse["stop"]>["fault"]): void {
    if (fault.kind === "stream.error") return this.#finish("error", errorEvent, !this.#request.keepsAlive);
    if (fault.ending === "polite") return this.#finish("cut", lastChunk, !this.#request.keepsAlive);
    this.#finish("cut", fault.ending === "rst" ? null : nothing, true);
  }

  /** When an event is due: after earlier stalls, plus its jitter. */
  #dueNs(event: number): number {
    const { intervalMs, jitterMs } = this.#query;
    const draw = jitterMs === 0 ? 0 : hash32(this.#stage.script.seed, -1, this.#index, event) / 0x1_0000_0000;
    let dueMs = event * intervalMs + draw * jitterMs;
    for (const { fault } of this.#course.stalls) if (event >= fault.afterEvents) dueMs += fault.ms;
    return this.#startNs + dueMs * 1e6;
  }

  /** Runs the action then, unless the stream has ended; at once if that instant has passed. */
  #at(atNs: number, action: () => void): void {
    if (atNs <= monotonicNs()) return action();
    this.#stage.agenda.at(atNs, () => {
      if (!this.#isOver) action();
    });
  }

  #writing(events: number): Written | undefined {
    if (!this.#stage.script.answers) return undefined;
    return (beforeNs) => this.#wrote(beforeNs, events);
  }

  #wrote(beforeNs: number, events: number): void {
    if (this.#stage.script.answers) this.#writes.push([beforeNs - this.#readNs, monotonicNs() - this.#readNs, events]);
  }

  /** Ends the stream with these bytes, or with a reset if null. After an incomplete earlier response, both wait. */
  #finish(end: StreamEnd, bytes: Buffer | null, isLast: boolean): void {
    this.#isOver = true;
    if (bytes === null) {
      this.#ended(end);
      this.#slot.reset();
    } else
      this.#slot.fill(bytes, isLast, (beforeNs) => {
        if (bytes.length > 0) this.#wrote(beforeNs, 0);
        this.#ended(end);
      });
  }

  #ended(end: StreamEnd): void {
    this.#isOver = true;
    this.#slot.left = null;
    Totals.count(this.#stage.totals.streams, end);
    const { path, query } = this.#request;
    const { struck } = this.#course;
    this.#stage.account.note("streamed", {
      stream: this.#index,
      peer: this.#slot.peer,
      path: query === "" ? path : `${path}?${query}`,
      end,
      events: this.#events,
      ...(struck.length > 0 ? { faults: struck.map(({ ordinal }) => ordinal) } : {}),
      readNs: String(this.#readNs),
      ...(this.#stage.script.answers ? { writes: this.#writes } : {}),
    });
  }
}
