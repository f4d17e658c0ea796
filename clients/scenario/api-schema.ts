/**
 * An API scenario: users who ask over kept HTTP/1.1 connections, each again when it has its answer, or requests due at
 * a rate.
 */
import { type Static, Type } from "typebox";
import { connectionFields } from "./fields/connection-fields.ts";
import { dialFields } from "./fields/dial-fields.ts";
import { expectStatus, requestBody, requestMethod, requestPaths, requestSeed } from "./fields/request-fields.ts";
import { closed, duration, mostLoad, positive, targetFields } from "./fields/shared-fields.ts";

const Timeouts = closed(
  {
    connect: duration("until the TCP connection stands", "10s"),
    request: duration("until an answer is whole", "10s"),
  },
  "how long a connection and an answer may take",
);

export const ApiScenario = closed(
  {
    kind: Type.Literal("api"),
    users: Type.Optional(
      positive(
        "concurrent users, one connection each; at a rate, the connections that share the requests",
        100,
        mostLoad,
      ),
    ),
    sweep: Type.Optional(
      Type.Array(Type.Integer({ minimum: 1, maximum: mostLoad }), {
        minItems: 1,
        maxItems: 100,
        description: "numbers of users to measure in turn, each for the whole hold",
      }),
    ),
    rate: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 10_000_000,
        description: "requests due per second, whatever the answers do; latency counts from the due instant",
      }),
    ),
    hold: duration("how long the requests are measured", "60s"),
    warmUp: duration("load before the hold that is in no figure", "5s", { minimumMs: 0 }),
    rampPerSecond: connectionFields.rampPerSecond,
    paths: requestPaths(
      "paths to ask for, with query and without #fragment; one is chosen for each request; a URL's own path, or /user/1 to /user/{userCount}, when left out",
    ),
    userCount: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 10_000_000, default: 10_000, description: "users in Redis to ask for" }),
    ),
    missShare: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0,
      description: "share of the requests for users that do not exist (404 is then right)",
    }),
    seed: requestSeed("the same seed gives the same users and the same choice of paths"),
    method: requestMethod("GET"),
    headers: connectionFields.headers,
    body: requestBody,
    expectStatus,
    expectBody: Type.Optional(
      Type.String({
        pattern: "^(none|json|user|contains:[\\s\\S]+|equals:[\\s\\S]*)$",
        default: "user",
        description:
          "what a checked body must be: none, json, user (JSON with the id asked for), contains:TEXT, equals:TEXT",
      }),
    ),
    checkShare: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.01,
      description: "share of the answers whose body is checked",
    }),
    pipelining: Type.Integer({
      minimum: 1,
      maximum: 256,
      default: 1,
      description: "requests a connection may have in flight",
    }),
    timeouts: Type.Optional(Timeouts),
    ...dialFields,
    ...targetFields,
  },
  "ask an HTTP API with concurrent users, or at a rate, and measure throughput and every answer",
);
export type ApiScenario = Static<typeof ApiScenario>;
