/** A comparison: scenarios x targets, interleaved and repeated, one report. */
import { type Static, Type } from "#typebox";
import { closed, targetFields } from "./fields/shared-fields.ts";
import { type ComparePresetName, comparedTargets, comparePresets } from "./presets/compare-presets.ts";

const { tags, title } = targetFields;
const presetNames = Object.keys(comparePresets) as ComparePresetName[];

export const CompareScenario = closed(
  {
    kind: Type.Literal("compare"),
    targets: Type.Array(Type.String({ minLength: 1 }), {
      minItems: 1,
      maxItems: 16,
      default: [...comparedTargets],
      description:
        "built-in targets (go, cpython, pypy, node, rehearsal) or URLs, run one at a time, with no other target running",
    }),
    preset: Type.Union([Type.Literal("quick"), Type.Literal("article")], {
      default: "quick",
      description:
        "default scenarios and repeats: quick takes a few minutes; article is the published comparison and takes about 90 minutes",
    }),
    scenarios: Type.Optional(
      Type.Array(Type.Union([Type.String({ minLength: 1 }), Type.Record(Type.String(), Type.Unknown())]), {
        minItems: 1,
        maxItems: 16,
        description: `scenarios of other kinds without their target, or names of the preset's (${presetNames.map((name) => `${name}: ${Object.keys(comparePresets[name].scenarios).join(", ")}`).join("; ")}); all of the preset's by default`,
      }),
    ),
    repeats: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100,
        description:
          "how often every scenario is run on every target (capacity searches once); the preset's by default",
      }),
    ),
    tags,
    title,
  },
  "run scenarios on several targets in turn, interleaved and repeated, into one report",
);
export type CompareScenario = Static<typeof CompareScenario>;

/** A scenario of a comparison before it is checked: its name in the preset or its place in the list, and its fields. */
export interface NamedInput {
  field: string;
  input: unknown;
}

/**
 * The scenarios a comparison names, each by name replaced by the preset's; null for a name that the preset does not
 * know.
 */
export function namedInputs({ preset, scenarios }: Pick<CompareScenario, "preset" | "scenarios">): NamedInput[] {
  const known: Readonly<Record<string, unknown>> = comparePresets[preset].scenarios;
  return (scenarios ?? Object.keys(known)).map((entry, index) => ({
    field: `scenarios.${index}`,
    input: typeof entry !== "string" ? entry : Object.hasOwn(known, entry) ? structuredClone(known[entry]) : null,
  }));
}
