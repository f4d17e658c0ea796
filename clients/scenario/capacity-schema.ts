/** A capacity scenario: the largest number of connections, streams, or of anything per second, that a target holds. */
import { type Static, Type } from "#typebox";
import { connectionFields, Push } from "./fields/connection-fields.ts";
import { closed, durationWithoutDefault, mostLoad, targetFields } from "./fields/shared-fields.ts";
import { StreamsScenario, StreamTimeouts } from "./streams-schema.ts";
import { varyNames } from "./varied.ts";

const trialDuration = (description: string, minimumMs = 1) =>
  Type.Optional(durationWithoutDefault(`${description}; the preset's by default`, { minimumMs }));
const count = (description: string) => Type.Optional(Type.Integer({ minimum: 1, maximum: mostLoad, description }));

const searchFields = {
  preset: Type.Union([Type.Literal("quick"), Type.Literal("standard")], {
    default: "quick",
    description: "quick: 20 s trials, width 10 %, minutes; standard: 300 s trials, width 5 %, hours",
  }),
  vary: Type.Union(
    varyNames.map((name) => Type.Literal(name)),
    {
      default: "connections",
      description:
        "quantity to increase: connections; pushes per second (rate) or published messages per second (publish-rate) at a fixed number of connections; connections opened per second (connect-rate); concurrent streams; streams started per second (stream-rate)",
    },
  ),
  minimum: count("load of the first trial, and the smallest load of interest"),
  maximum: count("largest load to try, if host and generator allow it"),
  width: Type.Optional(
    Type.Number({
      exclusiveMinimum: 0,
      exclusiveMaximum: 1,
      description: "how close the two bounds must be, as a share of the upper one",
    }),
  ),
  goals: Type.Optional(
    Type.Array(Type.String({ minLength: 1 }), {
      minItems: 1,
      maxItems: 20,
      description:
        'what a load must keep to hold: strict (loss<=1e-5, the default), tolerant (loss<=1e-3), or a list such as "p99<=50,loss<=1e-3" or "firstEvent.p99<=300,gap.p99<=100"',
    }),
  ),
  initialTrial: trialDuration("length of the short trials that narrow down the range"),
  finalTrial: trialDuration("length of the decisive trials"),
  durationSum: trialDuration("total trial time at one load before it is decided"),
  confirm: trialDuration("length of the confirmation trial at the lower bound; 0s for none", 0),
  mostTrials: count("number of trials after which the search ends with the bounds so far"),
  mostTime: trialDuration("time after which the search ends with the bounds so far"),
};

const { hold: _, churn: __, storm: ___, groups: ____, reconnect: _____, stages: ______, ...held } = connectionFields;

/** In a capacity search a tick comes often enough for short trials to see some. */
const CapacityPush = Type.Object(
  { ...Push.properties, interval: { ...Push.properties.interval, default: "2s" } },
  { additionalProperties: false, default: {}, description: "what the target pushes" },
);

const asked = StreamsScenario.properties;

/** What is asked for where streams grow: the fields of a streams scenario that say it. */
const CapacityStreams = closed(
  {
    users: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: mostLoad,
        description:
          "with stream-rate, the number of connections that share the streams; ten seconds' worth of the rate by default",
      }),
    ),
    think: asked.think,
    paths: asked.paths,
    method: asked.method,
    body: asked.body,
    format: asked.format,
    ends: asked.ends,
    fails: asked.fails,
    expectStatus: asked.expectStatus,
    seed: asked.seed,
    timeouts: Type.Optional(StreamTimeouts),
  },
  "what to request when streams are varied",
);

export const CapacityScenario = closed(
  {
    kind: Type.Literal("capacity"),
    ...held,
    push: CapacityPush,
    streams: Type.Optional(CapacityStreams),
    search: Type.Object(searchFields, {
      additionalProperties: false,
      default: {},
      description: "settings of the search",
    }),
    ...targetFields,
  },
  "find the largest load a target holds: two bounds, the criterion that failed, and which component was the limit",
);
export type CapacityScenario = Static<typeof CapacityScenario>;
