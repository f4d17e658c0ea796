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
    description: "what is increased: the connections, or the pushes per second on a fixed number of connections",
  }),
  minimum: count("load of the first trial, and the smallest load of interest"),
  maximum: count("largest load to try, if the host and the generator can sustain it"),
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
        'criteria for a load to pass: strict (loss<=1e-5, the default), tolerant (loss<=1e-3), or a list such as "p99<=50,loss<=1e-3"',
    }),
  ),
  initialTrial: trialDuration("length of the short trials that narrow down the range"),
  finalTrial: trialDuration("length of the trials that decide"),
  durationSum: trialDuration("total trial time at one load before it is decided"),
  confirm: trialDuration("length of the confirmation trial at the lower bound; 0s for none", 0),
  mostTrials: count("number of trials after which the search ends with the bounds so far"),
  mostTime: trialDuration("time after which the search ends with the bounds so far"),
};

const { hold: _, churn: __, storm: ___, groups: ____, reconnect: _____, ...held } = connectionFields;

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
      description: "settings of the search",
    }),
    ...targetFields,
  },
  "find the largest load a target holds: two bounds, the criterion that failed, and which component was the limit",
);
export type CapacityScenario = Static<typeof CapacityScenario>;
