/**
 * The accounts of requests answered by event streams: counts each stream once, by how much of it arrived and how it
 * ended.
 */
import type { CodecEngine } from "../../connection/codec/codec-engine.ts";
import type { HttpProtocol } from "../../connection/codec/http.ts";
import { noAnswer, type RequestCause, statusClassIndex } from "../../measure/request-cause.ts";
import type { Accounts } from "../counts/connections.ts";
import type { RequestListener, RequestSource } from "./request-listener.ts";
import type { ApiPlan } from "./request-plan.ts";
import { RequestAccounts } from "./requests.ts";
import type { StreamPlan } from "./stream-plan.ts";
import { type AskedStreams, Streams } from "./streams.ts";

export class StreamAccounts extends RequestAccounts implements AskedStreams {
  readonly streams: Streams;
  protected override readonly latencyName = "stream";

  constructor(
    accounts: Accounts,
    api: ApiPlan & { streams: StreamPlan },
    source: RequestSource,
    options: { slots: number; endpoints: readonly unknown[]; maxMessageBytes: number },
  ) {
    super(accounts, api, source, options);
    this.streams = new Streams(api.streams, options.slots, options.maxMessageBytes, accounts.tally, this);
  }

  override serve(listener: RequestListener, engine: CodecEngine, codec: HttpProtocol): void {
    super.serve(listener, engine, codec);
    this.streams.serve(engine);
  }

  askedNs(slot: number): number {
    return this.inFlight.firstFromNs(slot);
  }

  isMeasured(slot: number): boolean {
    return this.inFlight.firstStep(slot) > 0;
  }

  isStatusRight(status: number): boolean {
    return this.check.isStatusRight(status, 0);
  }

  isWithinHold(atNs: number): boolean {
    return this.listener.heldStepAt(atNs) > 0;
  }

  protected override asking(slot: number): void {
    this.streams.ask(slot);
  }

  protected override count(slot: number): void {
    this.#count(
      slot,
      this.codec.trails ? "malformed" : this.streams.outcome(slot, true),
      statusClassIndex(this.codec.status),
    );
  }

  /** Counts a slot's stream, just removed from those in flight; cause null: it is complete. */
  #count(slot: number, cause: RequestCause | null, statusClass: number): void {
    if (cause === null) {
      if (this.inFlight.step > 0) this.streams.countTokens(slot);
      return this.succeed(this.streams.status(slot), this.streams.endNs(slot));
    }
    const step = this.stepOfLost(slot);
    this.requests.steps[step]!.fail(cause, statusClass);
    if (cause !== "status" || step === 0) return;
    const { tally } = this.accounts;
    tally.countValue("stream-status", this.streams.status(slot));
    const retryAfter = this.streams.retryAfter(slot);
    if (retryAfter !== "") tally.countValue("retry-after", retryAfter);
  }

  protected override succeed(status: number, endNs: number): void {
    this.requests.steps[this.inFlight.step]!.latency.recordNs(endNs - this.inFlight.fromNs);
    super.succeed(status, endNs);
  }

  protected override isComplete(slot: number): boolean {
    return this.streams.isComplete(slot);
  }

  protected override end(slot: number, cause: RequestCause): void {
    this.#end(slot, null, cause);
  }

  protected override endOverdue(slot: number, sentNs: number, atNs: number): boolean {
    const missed = this.streams.overdue(slot, sentNs, atNs);
    if (missed === null) return false;
    this.#end(slot, missed === "over" ? null : missed, "timeout");
    return true;
  }

  /** The connection of a stream ended, or is closed because of a missed deadline (`missed`). */
  #end(slot: number, missed: RequestCause | null, otherwise: RequestCause): void {
    const isCut = this.streams.hasBegun(slot);
    const outcome = this.streams.outcome(slot, false);
    if (!this.inFlight.shift(slot)) return;
    // The state of the stream is more specific than the way its connection ended.
    this.#count(slot, outcome === null ? null : (missed ?? (isCut ? outcome : otherwise)), noAnswer);
  }
}
