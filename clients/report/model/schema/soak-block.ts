/**
 * The block `soak` of a report: what grew, what got slower, what did not come back, and whether the generator stayed
 * the same itself.
 */
import { type Static, Type } from "#typebox";
import { count, figure, figureOrNull, oneOf, orNull } from "./field.ts";

const SoakGrowth = Type.Object(
  {
    verdict: oneOf(["leak", "steady", "too-short"], "against the budget"),
    perHour: figureOrNull("slope; bytes for memory; null: too short to tell"),
    lower: figureOrNull("95 % limit of the slope"),
    upper: figureOrNull("95 % limit of the slope"),
    projected: figureOrNull("growth over the lifetime"),
    budget: figure("the growth that is allowed"),
    lifetimeMs: figure("what the growth is projected to"),
    projectedMs: figureOrNull(
      "time from the end until the target's memory limit is reached at this slope; null if it does not grow or has no limit",
    ),
    perConnectionHour: figureOrNull("bytes"),
    perMillionPushes: figureOrNull("bytes"),
    blocks: count("number of equal blocks of time; the minimum of each is used"),
    blockMs: figure("length of a block"),
    lagOne: figure("correlation of neighbouring blocks"),
    dependent: Type.Boolean({ description: "blocks are still correlated" }),
    anchor: orNull(
      Type.Object({ atMs: Type.Number(), level: Type.Number() }),
      "a point of the fitted line: milliseconds since the start of the run, and the level there",
    ),
    fromMs: figure("start of the fitted range"),
    toMs: figure("the last"),
    stages: Type.Optional(
      Type.Array(Type.Integer(), {
        description: "for a soak in stages: numbers, from 1, of the stages it was judged within; empty: not measured",
      }),
    ),
  },
  {
    description:
      "a level over the hold: its Theil-Sen slope over block minima with 95 % limits, and what that means over the lifetime",
  },
);
export type SoakGrowth = Static<typeof SoakGrowth>;

const SoakDrift = Type.Object(
  {
    verdict: oneOf(["drift", "steady", "too-short"], "against the budget"),
    firstMs: figureOrNull("median of the first third"),
    lastMs: figureOrNull("median of the last third"),
    shiftMs: orNull(Type.Object({ estimate: Type.Number(), lower: Type.Number(), upper: Type.Number() })),
    budgetMs: figureOrNull("the shift that is allowed"),
    bursts: count("seconds with pushes"),
  },
  { description: "a latency over the hold: the first third of its bursts compared with the last" },
);
export type SoakDrift = Static<typeof SoakDrift>;

const SoakResidue = Type.Object(
  {
    name: Type.String(),
    label: Type.Optional(Type.String({ description: "the name without the unit, where it has one" })),
    unit: Type.Optional(oneOf(["count", "bytes"], "of the figures; absent in reports of older versions")),
    before: Type.Number(),
    after: Type.Number(),
    allowed: Type.Number(),
    residue: Type.Number(),
    ok: Type.Boolean(),
    decides: Type.Boolean({
      description: "whether it affects the verdict; the others cover the whole machine, including other traffic",
    }),
  },
  { description: "before the first connection and after the last was closed" },
);
export type SoakResidue = Static<typeof SoakResidue>;

const SoakStage = Type.Object(
  {
    number: count("from 1"),
    why: orNull(Type.String(), "why it was excluded; null: it was judged"),
  },
  { description: "a stage of a soak in stages" },
);
export type SoakStage = Static<typeof SoakStage>;

const OwnProcess = Type.Object(
  {
    name: Type.String({ description: "coordinator, shard 0, ..." }),
    growth: SoakGrowth,
    levels: orNull(
      Type.Object({ lowest: figure("bytes"), highest: figure("bytes") }),
      "resident memory over the last two thirds of the time after the warm-up; null: too short",
    ),
  },
  { description: "resident memory of one process of the generator" },
);
export type OwnProcess = Static<typeof OwnProcess>;

export const SoakBlock = Type.Object({
  heldMs: Type.Number(),
  warmUpMs: Type.Number(),
  memory: orNull(SoakGrowth, "the target's resident memory, bytes; null if its processes were not monitored"),
  descriptors: orNull(SoakGrowth),
  latency: orNull(SoakDrift, "per-burst push p99; null when pushes carry no stamp"),
  stages: Type.Optional(
    Type.Array(SoakStage, { description: "for a soak in stages: trends are judged within the holds of these" }),
  ),
  residue: Type.Array(SoakResidue),
  generator: Type.Object(
    {
      memory: SoakGrowth,
      processes: Type.Optional(
        Type.Array(OwnProcess, { description: "the coordinator and each shard; absent in reports of older versions" }),
      ),
      descriptors: SoakGrowth,
      gap: SoakDrift,
    },
    { description: "of the generator, not the target: growth beyond its budget makes the run invalid" },
  ),
  replacedShards: count("shard processes that died and were replaced"),
});
export type SoakBlock = Static<typeof SoakBlock>;

/** The block, null for a report of another kind. */
export const soakOf = ({ soak = null }: { soak?: SoakBlock | null | undefined }): SoakBlock | null => soak;
