/** What a shard is told of the streams that answer its requests. */
import type { EventMatch, StreamEnd } from "../../scenario/event-match.ts";
import type { TokenPlace } from "../../scenario/token-place.ts";

export interface StreamPlan {
  /** How events lie in a body; auto: by the answer's content type. */
  format: "auto" | "sse" | "lines";
  /** What a whole stream ends with. */
  ends: StreamEnd;
  /** An event that says that the stream failed; null: none does. */
  fails: EventMatch | null;
  /** Where events tell of tokens; absent: they are not looked for. */
  tokens?: TokenPlace;
  firstEventTimeoutMs: number;
  gapTimeoutMs: number;
  /** From the end of a stream to the user's next, milliseconds. */
  thinkMs: number;
}
