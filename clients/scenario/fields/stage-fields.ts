/** A load that goes up and down within one run: stages, each reached over a time and then held. */
import { type Static, Type } from "#typebox";
import { blockOf } from "../block.ts";
import { durationMs, durationPattern } from "../duration.ts";
import { closed, durationWithoutDefault, mostLoad } from "./shared-fields.ts";

const Stage = closed(
  {
    connections: Type.Integer({
      minimum: 1,
      maximum: mostLoad,
      description: "number of connections open once the stage is reached",
    }),
    over: durationWithoutDefault("time to get there from the previous stage, or from zero; 0s: at once", {
      minimumMs: 0,
    }),
    hold: durationWithoutDefault("how long it is held after that", { minimumMs: 0 }),
  },
  "one stage of the load",
);
export type Stage = Static<typeof Stage>;

/** More than these make a table nobody reads. */
const mostStages = 50;

const stageText = /^\s*(\d[\d_]*)\s+over\s+(\S+)\s+hold\s+(\S+)\s*$/;

export const Stages = Type.Unsafe<Stage[]>(
  Type.Array(Type.Union([Type.String({ maxLength: 200 }), Stage]), {
    minItems: 1,
    maxItems: mostStages,
    description:
      'the load in stages, up and down, instead of connections, rampPerSecond and hold: {connections, over, hold}, or "1000 over 10s hold 30s"',
  }),
);

/** "1000 over 10s hold 30s" as a stage; anything else is left for the schema to refuse. */
function readStage(stage: unknown): unknown {
  const parts = typeof stage === "string" ? stageText.exec(stage) : null;
  return parts === null
    ? stage
    : { connections: Number(parts[1]!.replaceAll("_", "")), over: parts[2], hold: parts[3] };
}

/** What the course of a run reads instead of stages: the highest, the first one's pace, and all that follows it. */
interface Course {
  connections: number;
  rampPerSecond: number;
  hold: string;
}

export function courseOf(stages: readonly Stage[]): Course {
  const first = stages[0]!;
  const [overMs, ...later] = stages.map(({ over }) => durationMs(over));
  const heldMs = [...later, ...stages.map(({ hold }) => durationMs(hold))].reduce((sum, ms) => sum + ms, 0);
  return {
    connections: Math.max(...stages.map(({ connections }) => connections)),
    rampPerSecond: Math.min(mostLoad, (first.connections * 1000) / Math.max(1e-3, overMs!)),
    // Stages without any hold are refused in words of their own.
    hold: `${Math.max(1, heldMs)}ms`,
  };
}

/** Whether a value is a duration, whatever its length. */
export const isDuration = (value: unknown): value is string =>
  typeof value === "string" && new RegExp(durationPattern).test(value);

export const isStage = (stage: unknown): stage is Stage => {
  const { connections, over, hold } = blockOf(stage);
  return typeof connections === "number" && isDuration(over) && isDuration(hold);
};

/** An input whose stages are blocks, with the fields that follow from them; those the input says itself stay. */
export function withStages(input: Record<string, unknown>): Record<string, unknown> {
  if (!Array.isArray(input.stages)) return input;
  const stages = input.stages.map(readStage);
  return stages.length > 0 && stages.every(isStage) ? { ...courseOf(stages), ...input, stages } : { ...input, stages };
}
