/**
 * A streams scenario: requests that are answered by streams of events, a model's tokens, a build's log, held open for
 * seconds or minutes.
 */
import { type Static, Type } from "typebox";
import { connectionFields } from "./fields/connection-fields.ts";
import { dialFields } from "./fields/dial-fields.ts";
import { expectStatus, requestBody, requestMethod, requestPaths, requestSeed } from "./fields/request-fields.ts";
import { closed, duration, mostLoad, positive, targetFields } from "./fields/shared-fields.ts";

const Timeouts = closed(
  {
    connect: duration("until the TCP connection stands", "10s"),
    firstEvent: duration("until the first event of a stream", "30s"),
    gap: duration("until the next event, or the end", "30s"),
    drain: duration(
      "how long streams that are under way at the end of the hold are waited for; what is left then is unanswered",
      "30s",
    ),
  },
  "how long a connection and the events of a stream may take",
);

export const StreamsScenario = closed(
  {
    kind: Type.Literal("streams"),
    users: Type.Optional(
      positive(
        "concurrent users, one stream each at a time; at a rate, the connections that share the streams",
        100,
        mostLoad,
      ),
    ),
    rate: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1_000_000,
        description: "streams due per second, whatever the answers do; times count from the due instant",
      }),
    ),
    think: duration("closed loop: from the end of a stream to the user's next", "0s", { minimumMs: 0 }),
    hold: duration("how long streams are asked for; those under way are then waited for", "60s"),
    warmUp: duration("streams before the hold that are in no figure; 0s: all count, those of the ramp too", "0s", {
      minimumMs: 0,
    }),
    rampPerSecond: connectionFields.rampPerSecond,
    paths: requestPaths(
      "paths to ask for; one is chosen for each stream; the URL's own, or /stream of a built-in target, when left out",
    ),
    method: requestMethod("POST"),
    headers: connectionFields.headers,
    body: requestBody,
    format: Type.Union([Type.Literal("auto"), Type.Literal("sse"), Type.Literal("lines")], {
      default: "auto",
      description: "how events lie in the answer: an event stream, or one a line (NDJSON); auto: by its content type",
    }),
    ends: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 1000,
        default: "body",
        description:
          "what a whole stream ends with: the data of its last event such as [DONE], event:NAME, json:FIELD or json:FIELD=VALUE, body for the end of the answer; [DONE] of a built-in target",
      }),
    ),
    fails: Type.String({
      minLength: 1,
      maxLength: 1000,
      default: "event:error",
      description:
        "an event that says that its stream failed: event:NAME, json:FIELD, json:FIELD=VALUE, or its data; none",
    }),
    expectStatus,
    seed: requestSeed("the same seed gives the same choice of paths"),
    maxMessageBytes: connectionFields.maxMessageBytes,
    timeouts: Type.Optional(Timeouts),
    ...dialFields,
    ...targetFields,
  },
  "ask for streams of events and measure the first byte, the first event, every gap and every end",
);
export type StreamsScenario = Static<typeof StreamsScenario>;
