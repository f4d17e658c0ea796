/** A pipeline scenario: parse a generated log on each target, count unique users. */
import { type Static, Type } from "#typebox";
import { closed, duration, positive, targetFields } from "./fields/shared-fields.ts";

const { target, targetCpus, targetMemoryMiB, profile, limits, tags, title } = targetFields;

export const PipelineScenario = closed(
  {
    kind: Type.Literal("pipeline"),
    target,
    lines: positive("log lines to parse", 100_000, 10_000_000_000),
    bytesPerLine: Type.Integer({
      minimum: 384,
      maximum: 32_768,
      default: 500,
      description: "mean length of a line in bytes, including the newline",
    }),
    uniqueUsers: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 100_000_000,
        default: 12_345,
        description: "distinct users in the log; a value below 1 is a share of its lines",
      }),
    ),
    badLines: Type.Integer({
      minimum: 0,
      maximum: 10_000_000_000,
      default: 0,
      description: "malformed lines inserted into the log at known line numbers",
    }),
    seed: Type.Integer({
      minimum: 0,
      maximum: 4_294_967_295,
      default: 1,
      description: "the same seed gives the same log, byte for byte",
    }),
    repeats: Type.Integer({ minimum: 1, maximum: 1000, default: 5, description: "measured runs of each variant" }),
    variants: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        minItems: 1,
        maxItems: 100,
        description: "run only variants whose name contains one of these words",
      }),
    ),
    order: Type.Union([Type.Literal("interleaved"), Type.Literal("sequential")], {
      default: "interleaved",
      description: "alternate between variants, or run all repeats of each in a row",
    }),
    timeout: duration("time limit for one run of a variant", "10m"),
    starts: Type.Integer({
      minimum: 0,
      maximum: 100,
      default: 3,
      description: "number of server starts timed until healthy; 0 for none",
    }),
    keepFile: Type.Boolean({ default: false, description: "keep the log in the run's folder" }),
    targetCpus,
    targetMemoryMiB,
    profile,
    limits,
    tags,
    title,
  },
  "parse a generated log on each target and count its unique users: time, CPU and memory of each variant",
);
export type PipelineScenario = Static<typeof PipelineScenario>;

/**
 * How many distinct users a scenario's log has; never more than it has good lines, and at least one while it has any.
 */
export function uniqueUsersOf({
  lines,
  badLines,
  uniqueUsers,
}: Pick<PipelineScenario, "lines" | "badLines" | "uniqueUsers">): number {
  const good = lines - badLines;
  const asked = uniqueUsers ?? Math.min(12_345, Math.round(lines * 0.12345));
  return asked < 1
    ? Math.min(good, Math.max(1, Math.round(lines * asked)))
    : uniqueUsers === undefined
      ? Math.min(good, asked)
      : Math.round(asked);
}
