/**
 * An API scenario: users who ask over kept HTTP/1.1 connections, each again when it has its answer, or requests due at
 * a rate.
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

const Timeouts = closed(
  {
    connect: duration("limit for establishing the TCP connection", "10s"),
    request: duration("limit for a complete answer", "10s"),
  },
  "time limits for a connection and an answer",
);

export const ApiScenario = closed(
  {
    kind: Type.Literal("api"),
    users: Type.Optional(
      positive(
        "concurrent users, one connection each; with rate, the number of connections that share the requests",
        100,
        mostLoad,
      ),
    ),
    sweep: Type.Optional(
      Type.Array(Type.Integer({ minimum: 1, maximum: mostLoad }), {
        minItems: 1,
        maxItems: 100,
        description: "user counts to measure in turn, each for the full hold",
      }),
    ),
    rate: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 10_000_000,
        description: "requests due per second, regardless of answers (open loop); latency counts from the due instant",
      }),
    ),
    hold: duration("how long requests are measured", "60s"),
    warmUp: duration("load before the hold, excluded from all figures", "5s", { minimumMs: 0 }),
    rampPerSecond: connectionFields.rampPerSecond,
    paths: requestPaths(
      "paths to request, with query and without #fragment; one is chosen per request; by default the URL's own path, or /user/1 to /user/{userCount}",
    ),
    userCount: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 10_000_000, default: 10_000, description: "number of users in Redis" }),
    ),
    missShare: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0,
      description: "share of requests for users that do not exist (for which 404 is correct)",
    }),
    seed: requestSeed("the same seed gives the same users and the same choice of paths"),
    method: requestMethod("GET"),
    headers: connectionFields.headers,
    body: requestBody,
    ...requestValues,
    expectStatus,
    expectBody: Type.Optional(
      Type.String({
        pattern: "^(none|json|user|contains:[\\s\\S]+|equals:[\\s\\S]*)$",
        default: "user",
        description:
          "what to check the body for: none, json, user (JSON with the requested id), contains:TEXT, equals:TEXT",
      }),
    ),
    checkShare: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.01,
      description: "share of answers whose body is checked",
    }),
    pipelining: Type.Integer({
      minimum: 1,
      maximum: 256,
      default: 1,
      description: "requests that a connection may have in flight",
    }),
    timeouts: Type.Optional(Timeouts),
    ...dialFields,
    ...targetFields,
  },
  "load an HTTP API with concurrent users or at a fixed rate; measure throughput and check the answers",
);
export type ApiScenario = Static<typeof ApiScenario>;
