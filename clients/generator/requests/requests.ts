/**
 * The request accounts, in addition to those of the connections: as the engine's sink, counts each request once, by
 * step and outcome. Counting a response that arrived in one piece allocates nothing. Streamed responses are counted by
 * {@link StreamAccounts}.
 */
import type { CodecEngine } from "../../connection/codec/codec-engine.ts";
import type { HttpProtocol } from "../../connection/codec/http.ts";
import type { ConnectionSink, StampKind, TlsSession } from "../../connection/engine.ts";
import { sharedStamp, unstamped } from "../../connection/engine.ts";
import type { Cause, CauseCode } from "../../measure/cause.ts";
import type { Histogram } from "../../measure/histogram/histogram.ts";
import { type RequestCause, requestCauseIndex, statusClassIndex } from "../../measure/request-cause.ts";
import { RequestTally } from "../../measure/request-tally.ts";
import type { Tally } from "../../measure/tally.ts";
import { type Accounts, slotState } from "../counts/connections.ts";
import { AnswerCheck } from "./answer-check.ts";
import type { RequestListener, RequestSource } from "./request-listener.ts";
import type { ApiPlan } from "./request-plan.ts";
import type { RequestPool } from "./request-pool.ts";
import type { RequestWriter } from "./request-writer.ts";
import { RequestsInFlight } from "./requests-in-flight.ts";

export class RequestAccounts implements ConnectionSink {
  readonly accounts: Accounts;
  readonly requests: RequestTally;
  readonly inFlight: RequestsInFlight;
  /** 1 for a slot whose connection has received a response. */
  readonly hasAnswered: Uint8Array;
  /** 1 for a slot whose requests in flight are resent on its next connection. */
  readonly #keepsRequests: Uint8Array;
  readonly #pool: RequestPool;
  readonly #writer: RequestWriter;
  /** The tally's histogram for request latencies. */
  protected readonly latencyName: "request" | "stream" = "request";
  protected readonly check: AnswerCheck;
  readonly #timeoutNs: number;
  readonly #checkBelow: number;
  readonly #givenUp: Float64Array;
  /** The last step in which each slot's user sent a request. */
  readonly #askedIn: Uint16Array;
  readonly #gap: Histogram;
  readonly #endpoints: number;
  protected engine!: CodecEngine;
  protected codec!: HttpProtocol;
  protected listener!: RequestListener;

  constructor(
    accounts: Accounts,
    api: ApiPlan,
    { pool, writer }: RequestSource,
    options: { slots: number; endpoints: readonly unknown[] },
  ) {
    this.accounts = accounts;
    this.#pool = pool;
    this.#writer = writer;
    this.requests = new RequestTally(api.users.length);
    accounts.tally.requests = this.requests;
    this.inFlight = new RequestsInFlight(options.slots, api.pipelining);
    this.hasAnswered = new Uint8Array(options.slots);
    this.#keepsRequests = new Uint8Array(options.slots);
    this.check = new AnswerCheck(api);
    this.#checkBelow = this.check.checksBodies ? api.checkShare * 0x1_0000_0000 : 0;
    this.#askedIn = new Uint16Array(options.slots);
    this.#givenUp = new Float64Array(this.requests.steps.length);
    this.#gap = accounts.tally.histogram("generatorGap");
    this.#endpoints = options.endpoints.length;
    this.#timeoutNs = api.requestTimeoutMs * 1e6;
  }

  /** Sets what requests are sent with, what responses are read with, and who acts on them. */
  serve(listener: RequestListener, engine: CodecEngine, codec: HttpProtocol): void {
    this.listener = listener;
    this.engine = engine;
    this.codec = codec;
    this.#writer.serve(engine);
  }

  /** Sends the next request on an open slot. Its latency counts from `fromNs`. */
  send(slot: number, fromNs: number, sentNs: number, step: number): void {
    const request = this.#pool.next(slot % this.#endpoints);
    const isChecked = this.#checkBelow > 0 && this.#pool.chance() < this.#checkBelow;
    this.requests.steps[step]!.sent++;
    this.#asked(slot, step);
    this.inFlight.push(slot, fromNs, sentNs, step, request, isChecked);
    this.asking(slot);
    this.#writer.write(slot, request);
  }

  /** Whether a slot is open and may have another request in flight. */
  canSend(slot: number): boolean {
    return this.accounts.state[slot] === slotState.open && this.inFlight.count[slot]! < this.inFlight.depth;
  }

  /** Whether a slot's user has sent any measured request. */
  hasAsked(slot: number): boolean {
    return this.#askedIn[slot]! > 0;
  }

  /** Counts a user once in each step in which it sent a request. */
  #asked(slot: number, step: number): void {
    if (this.#askedIn[slot]! >= step) return;
    this.#askedIn[slot] = step;
    this.requests.steps[step]!.users++;
  }

  /** Whether the codec should keep the body of the response now arriving. */
  wantsBody(slot: number): boolean {
    return this.inFlight.isFirstChecked(slot);
  }

  /** Whether the response now arriving is the last one pending on a slot. */
  isLastAsked(slot: number): boolean {
    return this.inFlight.count[slot]! <= 1;
  }

  secured(slot: number, handshakeNs: number, session: TlsSession): void {
    this.accounts.secured(slot, handshakeNs, session);
  }

  opened(slot: number, startedNs: number, tcpNs: number, openedNs: number, greetedNs?: number): void {
    this.hasAnswered[slot] = 0;
    this.accounts.opened(slot, startedNs, tcpNs, openedNs, greetedNs);
    this.#askAgain(slot);
    this.listener.ready(slot);
  }

  /**
   * Resends the requests that the previous connection closed without reading (RFC 9112, section 9.3.2). Their latency
   * keeps counting.
   */
  #askAgain(slot: number): void {
    this.#keepsRequests[slot] = 0;
    const count = this.inFlight.count[slot]!;
    for (let place = 0; place < count; place++) {
      this.asking(slot);
      this.#writer.rewrite(slot, this.inFlight.requestAt(slot, place), count - 1 - place);
    }
  }

  /** Called before a slot's next request is sent. */
  protected asking(_slot: number): void {}

  refused(slot: number, cause: Cause, code: CauseCode, atNs: number, detail: string): void {
    const waited = this.inFlight.count[slot]! > 0 && !this.listener.isGivingUp;
    this.#keepsRequests[slot] = 0;
    if (waited) this.#failAll(slot, cause in requestCauseIndex ? (cause as RequestCause) : "connection-closed");
    this.accounts.refused(slot, cause, code, atNs, detail);
    this.listener.lost(slot, cause, false, waited);
  }

  /** Counts a request whose connection did not open: as sent, and failed. */
  countRefused(slot: number, step: number, cause: Cause): void {
    if (!(cause in requestCauseIndex)) return;
    const counted = this.requests.steps[step]!;
    this.#asked(slot, step);
    counted.sent++;
    counted.fail(cause as RequestCause);
  }

  message(
    slot: number,
    bytes: Buffer,
    start: number,
    end: number,
    atNs: number,
    readNs: number,
    stamp: StampKind,
  ): void {
    const { inFlight } = this;
    const { counts } = this.accounts.tally;
    counts.messages++;
    if (!inFlight.shift(slot)) return this.engine.abandon(slot, "protocol-error", "unasked-answer");
    if (stamp !== unstamped) this.#gap.recordNs(readNs - atNs);
    if (stamp === sharedStamp) counts.sharedStamps++;
    this.hasAnswered[slot] = 1;
    const { closes, trails } = this.codec;
    this.count(slot, bytes, start, end, atNs);
    if (trails) return this.engine.abandon(slot, "protocol-error", "unasked-bytes");
    if (!closes) return this.listener.ready(slot);
    // The server announced that it reads no further requests: those pipelined after it are not failures and are resent.
    this.#keepsRequests[slot] = 1;
    this.engine.abandon(slot, "planned", "connection: close");
  }

  /** Counts the response to the request just removed from those in flight. */
  protected count(_slot: number, bytes: Buffer, start: number, end: number, atNs: number): void {
    const { step: number, fromNs, request, isChecked } = this.inFlight;
    const { status, hasBody, trails } = this.codec;
    const step = this.requests.steps[number]!;
    const user = this.#pool.userOf(request);
    step.latency.recordNs(atNs - fromNs);
    if (trails) return step.fail("malformed", statusClassIndex(status));
    if (!this.check.isStatusRight(status, user)) return step.fail("status", statusClassIndex(status));
    if (isChecked && !hasBody && user >= 0) return step.fail("unchecked-body", statusClassIndex(status));
    if (isChecked && user >= 0 && !this.check.isBodyRight(bytes, start, end, user))
      return step.fail("wrong-body", statusClassIndex(status));
    this.succeed(status, atNs);
  }

  /** Counts the request just removed from those in flight as successful. */
  protected succeed(status: number, atNs: number): void {
    const { steps } = this.requests;
    const step = steps[this.inFlight.step]!;
    step.ok++;
    step.classes[statusClassIndex(status)]!++;
    const arrivedIn = this.listener.heldStepAt(atNs);
    if (arrivedIn > 0) steps[arrivedIn]!.okInHold++;
  }

  pong(): void {}

  closed(slot: number, cause: Cause, code: CauseCode, atNs: number, detail: string): void {
    if (this.inFlight.count[slot]! > 0) {
      if (this.listener.isGivingUp && !this.isComplete(slot)) this.#giveUp(slot);
      else if (this.#keepsRequests[slot] === 0) this.end(slot, this.#causeOf(cause, detail));
    }
    this.accounts.closed(slot, cause, code, atNs, detail);
    this.listener.lost(slot, cause, true, false);
  }

  /** The failure cause of a request whose connection ended before its response. */
  #causeOf(cause: Cause, detail: string): RequestCause {
    if (cause === "protocol-error") return detail.startsWith("tls-") ? "tls-failed" : "malformed";
    return this.codec.endedInside ? "truncated" : "connection-closed";
  }

  /**
   * Abandons a slot whose oldest request has missed its deadline; requests pipelined after it will get no response
   * either.
   */
  expireLate(slot: number, atNs: number): void {
    const sentNs = this.inFlight.oldestSentNs(slot);
    if (sentNs === Number.POSITIVE_INFINITY || !this.endOverdue(slot, sentNs, atNs)) return;
    this.engine.abandon(slot, "planned", "request timeout");
  }

  /**
   * If a slot's oldest request, sent at `sentNs`, has missed its deadline, fails all its requests in flight and returns
   * true.
   */
  protected endOverdue(slot: number, sentNs: number, atNs: number): boolean {
    if (atNs - sentNs <= this.#timeoutNs) return false;
    this.#failAll(slot, "timeout");
    return true;
  }

  /** Whether the pending response is known to be complete before all of its bytes arrived. */
  protected isComplete(_slot: number): boolean {
    return false;
  }

  /** Fails a slot's requests in flight when its connection ended. */
  protected end(slot: number, cause: RequestCause): void {
    this.#failAll(slot, cause);
  }

  /** Fails a slot's requests in flight: the oldest with this cause, those pipelined after it as connection-closed. */
  #failAll(slot: number, cause: RequestCause): void {
    for (let named = cause; this.inFlight.shift(slot); named = "connection-closed")
      this.requests.steps[this.stepOfLost(slot)]!.fail(named);
  }

  #giveUp(slot: number): void {
    while (this.inFlight.shift(slot)) this.#givenUp[this.stepOfLost(slot)]!++;
  }

  /**
   * The step to which an unanswered request, just removed from those in flight, is counted. A warm-up request still
   * pending when a hold began counts as lost in that hold; otherwise a target that answers nothing would show no
   * losses.
   */
  protected stepOfLost(slot: number): number {
    const { step, fromNs } = this.inFlight;
    if (step > 0) return step;
    const struck = this.listener.stepSince(fromNs);
    if (struck === 0) return 0;
    this.requests.steps[0]!.sent--;
    this.requests.steps[struck]!.sent++;
    this.#asked(slot, struck);
    return struck;
  }

  /** Brings the tally up to date. */
  settle(): Tally {
    const { tally } = this.accounts;
    this.requests.steps.forEach((step, index) => {
      step.unanswered = this.#givenUp[index]!;
    });
    this.inFlight.forEachStep((step) => {
      this.requests.steps[step]!.unanswered++;
    });
    const measured = this.requests.sum("measured");
    const { reads, unstampedReads, bytes, clockJumps } = this.engine.counts;
    const { sent: requestsSent, ok: requestsOk, failed: requestsFailed } = measured;
    Object.assign(tally.counts, { reads, unstampedReads, bytes, clockJumps, requestsSent, requestsOk, requestsFailed });
    tally.histograms[this.latencyName] = measured.latency;
    return tally;
  }
}
