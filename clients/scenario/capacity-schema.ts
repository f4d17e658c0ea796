/** A capacity scenario: the largest number of connections, or of pushes per second, that a target holds. */
import { type Static, Type } from "typebox";
import { connectionFields, Push } from "./fields/connection-fields.ts";
import { closed, durationWithoutDefault, mostLoad, targetFields } from "./fields/shared-fields.ts";

const trialDuration = (description: string, minimumMs = 1) =>
  Type.Optional(durationWithoutDefault(`${description}; the preset's when left out`, { minimumMs }));
const count = (description: string) => Type.Optional(Type.Integer({ minimum: 1, maximum: mostLoad, description }));

const searchFields = {
  preset: Type.Union([Type.Literal("quick"), Type.Literal("standard")], {
    default: "quick",
    description: "quick: 20 s trials, width 10 %, minutes; standard: 300 s trials, width 5 %, hours",
  }),
  vary: Type.Union([Type.Literal("connections"), Type.Literal("rate")], {
    default: "connections",
    description: "what grows: the connections, or the pushes per second on as many connections as the scenario says",
  }),
  minimum: count("load of the first trial, and the smallest worth knowing"),
  maximum: count("largest load to try, if host and generator can carry it"),
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
        'what a load must keep to hold: strict (loss<=1e-5, the default), tolerant (loss<=1e-3), or a list such as "p99<=50,loss<=1e-3"',
    }),
  ),
  initialTrial: trialDuration("length of the short trials that find the neighbourhood"),
  finalTrial: trialDuration("length of the trials that decide"),
  durationSum: trialDuration("trial time one load is owed before it is decided"),
  confirm: trialDuration("length of the last trial, at the lower bound; 0s for none", 0),
  mostTrials: count("trials after which the search ends with the bounds so far"),
  mostTime: trialDuration("time after which the search ends with the bounds so far"),
};

const { hold: _, churn: __, storm: ___, groups: ____, reconnect: _____, stages: ______, ...held } = connectionFields;

/** In a capacity search a tick comes often enough for short trials to see some. */
const CapacityPush = Type.Object(
  { ...Push.properties, interval: { ...Push.properties.interval, default: "2s" } },
  { additionalProperties: false, default: {}, description: "what the target pushes" },
);

export const CapacityScenario = closed(
  {
    kind: Type.Literal("capacity"),
    ...held,
    push: CapacityPush,
    search: Type.Object(searchFields, {
      additionalProperties: false,
      default: {},
      description: "how the limit is searched",
    }),
    ...targetFields,
  },
  "find the largest load a target holds: two bounds, the criterion that broke, and whose limit it was",
);
export type CapacityScenario = Static<typeof CapacityScenario>;
