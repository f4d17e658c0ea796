/** The part of a shard's plan about event streams that answer its requests. */
import type { EventMatch, StreamEnd } from "../../scenario/event-match.ts";
import type { TokenPlace } from "../../scenario/token-place.ts";

export interface StreamPlan {
  /** How events are encoded in a body; auto: decided by the response's content type. */
  format: "auto" | "sse" | "lines";
  /** The event that marks a complete stream's end. */
  ends: StreamEnd;
  /** An event that reports a failed stream; null: none does. */
  fails: EventMatch | null;
  /** Where events carry token counts; absent: tokens are not counted. */
  tokens?: TokenPlace;
  firstEventTimeoutMs: number;
  gapTimeoutMs: number;
  /** From the end of a stream to the user's next request, milliseconds. */
  thinkMs: number;
}
