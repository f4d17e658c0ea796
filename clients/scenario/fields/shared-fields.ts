/** Blocks of a scenario's schema that several kinds share. */
import { type TObject, type TProperties, Type } from "#typebox";
import { type DurationBounds, durationPattern, mostDurationMs } from "../duration.ts";
import { limitPattern, mostLimits, plainLimitPattern } from "../limit.ts";

/** An object that allows no other field. */
export const closed = <P extends TProperties>(properties: P, description: string): TObject<P> =>
  Type.Object(properties, { additionalProperties: false, description });
const durationOptions = (description: string, { minimumMs = 1, maximumMs = mostDurationMs }: DurationBounds) => ({
  pattern: durationPattern,
  description,
  format: "duration-text",
  minimumMs,
  maximumMs,
});
/** A duration such as 500ms, 10s, 5m: at least 1 ms unless `bounds` allow 0, at most a year. */
export const duration = (description: string, fallback: string, bounds: DurationBounds = {}) =>
  Type.String({ ...durationOptions(description, bounds), default: fallback });
/** A duration that has no default of its own. */
export const durationWithoutDefault = (description: string, bounds: DurationBounds = {}) =>
  Type.String(durationOptions(description, bounds));
/** A whole number of at least 1. */
export const positive = (description: string, fallback: number, most?: number) =>
  Type.Integer({ minimum: 1, ...(most === undefined ? {} : { maximum: most }), description, default: fallback });
/** Connections, users or pushes per second no plan exceeds: what is computed from a plan stays small. */
export const mostLoad = 100_000_000;
/** Targets of one scenario: each is a run of its own. */
export const mostTargets = 16;
/** Above 0, at most 1. */
export const share = (description: string) => Type.Number({ exclusiveMinimum: 0, maximum: 1, description });

/** A limit that ends the run; `readScenario` writes it as a text. */
const StoppingLimit = closed(
  {
    limit: Type.String({ pattern: plainLimitPattern, description: "FIGURE <= NUMBER or FIGURE >= NUMBER" }),
    abort: Type.Optional(Type.Boolean({ description: "whether missing it stops the run; true by default" })),
    after: Type.Optional(
      Type.String({
        pattern: durationPattern,
        format: "duration-text",
        description: "earliest time after the start of the run; 0s by default",
      }),
    ),
  },
  "a limit that stops the run when missed",
);

/** Fields about the system under test, shared by all kinds. */
export const targetFields = {
  target: Type.Optional(
    Type.Union(
      [
        Type.String({ maxLength: 4096 }),
        Type.Array(Type.String({ maxLength: 4096 }), { minItems: 1, maxItems: mostTargets }),
      ],
      {
        description: "built-in target (go, cpython, pypy, node, rehearsal) or URL; several make a comparison",
      },
    ),
  ),
  replicas: Type.Integer({ minimum: 1, maximum: 1000, default: 1, description: "processes of a built-in target" }),
  targetCpus: Type.Optional(
    Type.String({ pattern: "^[0-9]+([,-][0-9]+)*$", description: "CPUs a built-in target may use, e.g. 0 or 0-1" }),
  ),
  targetMemoryMiB: Type.Optional(positive("memory limit of a built-in target", 4096, 1_073_741_824)),
  pid: Type.Optional(
    Type.Array(Type.Integer({ minimum: 1 }), {
      maxItems: 1000,
      description: "process ids of a target given by URL, to monitor their memory and CPU",
    }),
  ),
  keeper: Type.Optional(
    Type.String({
      maxLength: 1024,
      pattern: "^http://[^/?#@\\s]+/?$",
      description:
        "http://HOST:PORT of the keeper on the machine of a target given by URL (docs/keeper.md): its memory, CPU and descriptors",
    }),
  ),
  keeperTokenFile: Type.Optional(
    Type.String({ description: "file with the keeper's token; HOLDFAST_KEEPER_TOKEN by default" }),
  ),
  redis: Type.Optional(
    Type.String({ description: "redis:// URL that the target reads users from; Holdfast starts one by default" }),
  ),
  faults: Type.Optional(Type.String({ description: "fault script of the rehearsal target" })),
  profile: Type.Boolean({
    default: false,
    description:
      "also profile the target; latencies of a profiled run are not comparable, so a capacity search profiles an extra trial",
  }),
  limits: Type.Optional(
    Type.Unsafe<string[]>(
      Type.Array(Type.Union([Type.String({ pattern: limitPattern }), StoppingLimit]), {
        maxItems: mostLimits,
        description:
          'limits that decide the verdict, e.g. "pushLatencyMs.p99 <= 100"; {limit, abort: true, after: 10s}, or "refusedRatio <= 0.01 abort after 10s", ends the run when it is missed',
      }),
    ),
  ),
  tags: Type.Optional(
    Type.Array(Type.String({ maxLength: 64 }), { maxItems: 16, description: "labels to find the run by" }),
  ),
  title: Type.Optional(Type.String({ maxLength: 200, description: "title of the report" })),
};
