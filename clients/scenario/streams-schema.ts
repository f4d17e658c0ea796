/**
 * A streams scenario: requests that are answered by streams of events, a model's tokens, a build's log, held open for
 * seconds or minutes.
 */
import { type Static, Type } from "#typebox";
import { connectionFields } from "./fields/connection-fields.ts";
import { dialFields } from "./fields/dial-fields.ts";
import {
  expectStatus,
  requestBody,
  requestMethod,
  requestPaths,
  requestSeed,
  requestValues,
} from "./fields/request-fields.ts";
import { closed, duration, mostLoad, positive, targetFields } from "./fields/shared-fields.ts";

const ofStreams = {
  firstEvent: duration("until the first event of a stream", "30s"),
  gap: duration("until the next event, or the end", "30s"),
  drain: duration(
    "how long to wait for streams still in progress at the end of the hold; the rest count as unanswered",
    "30s",
  ),
};
export const StreamTimeouts = closed(ofStreams, "how long the events of a stream may take");

const Timeouts = closed(
  { connect: duration("until the TCP connection is established", "10s"), ...ofStreams },
  "how long a connection and the events of a stream may take",
);

export const StreamsScenario = closed(
  {
    kind: Type.Literal("streams"),
    users: Type.Optional(
      positive(
        "concurrent users, one stream each at a time; with rate, the number of connections that share the streams",
        100,
        mostLoad,
      ),
    ),
    rate: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1_000_000,
        description: "streams due per second, regardless of answers (open loop); times count from the due instant",
      }),
    ),
    think: duration("closed loop: pause between the end of a stream and the user's next one", "0s", { minimumMs: 0 }),
    hold: duration("how long streams are requested; those in progress are then waited for", "60s"),
    warmUp: duration(
      "streams before the hold, excluded from all figures; 0s counts all, including those of the ramp",
      "0s",
      {
        minimumMs: 0,
      },
    ),
    rampPerSecond: connectionFields.rampPerSecond,
    paths: requestPaths(
      "paths to request; one is chosen per stream; by default the URL's own, or /stream of a built-in target",
    ),
    method: requestMethod("POST"),
    headers: connectionFields.headers,
    body: requestBody,
    ...requestValues,
    format: Type.Union([Type.Literal("auto"), Type.Literal("sse"), Type.Literal("lines")], {
      default: "auto",
      description: "format of the answer: an event stream, or one event per line (NDJSON); auto uses the content type",
    }),
    ends: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 1000,
        default: "body",
        description:
          "what marks the end of a complete stream: the data of its last event such as [DONE], event:NAME, json:FIELD or json:FIELD=VALUE, or body for the end of the answer; [DONE] for a built-in target",
      }),
    ),
    fails: Type.String({
      minLength: 1,
      maxLength: 1000,
      default: "event:error",
      description: "event that marks a stream as failed: event:NAME, json:FIELD, json:FIELD=VALUE, or its data; none",
    }),
    tokens: Type.Optional(
      Type.String({
        minLength: 6,
        maxLength: 1000,
        description:
          "where events report tokens: json:FIELD, a running total; json:FIELD,each, the count of the event; or json:FIELD,text, a text that counts as one token",
      }),
    ),
    expectStatus,
    seed: requestSeed("the same seed gives the same choice of paths"),
    maxMessageBytes: connectionFields.maxMessageBytes,
    timeouts: Type.Optional(Timeouts),
    ...dialFields,
    ...targetFields,
  },
  "request event streams and measure the first byte, the first event, every gap and how each stream ends",
);
export type StreamsScenario = Static<typeof StreamsScenario>;
