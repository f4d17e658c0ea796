/** What is wrong with the stages of a scenario, in sentences. Pure. */
import { durationMs } from "../duration.ts";
import { courseOf, isDuration, isStage } from "../fields/stage-fields.ts";
import type { Problem } from "./problem-bounds.ts";

const stageWords = '{connections, over, hold}, or "1000 over 10s hold 30s"';

/** Whether a problem that the schema found is told below, in words. */
export const isToldAsStage = ({ field }: Problem, { stages }: Record<string, unknown>): boolean => {
  const place = /^stages\.(\d+)$/.exec(field)?.[1];
  return place !== undefined && Array.isArray(stages) && typeof stages[Number(place)] === "string";
};

/** What the schema cannot see, or would say in its own words. `scenario` is filled in. */
export function stageProblems({ stages, ...scenario }: Record<string, unknown>): Problem[] {
  if (!Array.isArray(stages)) return [];
  const unread = stages.flatMap((stage, index): Problem[] =>
    typeof stage === "string" ? [{ field: `stages.${index}`, text: `expected ${stageWords}, got "${stage}"` }] : [],
  );
  const beside = ["storm", "groups"].flatMap((field): Problem[] =>
    scenario[field] === undefined ? [] : [{ field, text: "expected to be left out when stages are given" }],
  );
  if (scenario.replaceDeadShards === true)
    beside.push({
      field: "replaceDeadShards",
      text: "expected nothing beside stages: a replacement shard does not know them",
    });
  if (stages.length === 0 || !stages.every(isStage)) return [...unread, ...beside];
  const course = courseOf(stages);
  const expected = { ...course, hold: durationMs(course.hold) };
  const { connections, rampPerSecond, hold } = scenario;
  const said = { connections, rampPerSecond, hold: isDuration(hold) ? durationMs(hold) : null };
  const contradicted = (["connections", "rampPerSecond", "hold"] as const).flatMap((field): Problem[] =>
    said[field] === expected[field]
      ? []
      : [
          {
            field,
            text: `expected to be left out: it follows from the stages (${course[field]}), got ${JSON.stringify(scenario[field])}`,
          },
        ],
  );
  const isHeld = stages.some(({ hold }) => durationMs(hold) > 0);
  const none = isHeld ? [] : [{ field: "stages", text: "expected a hold of more than 0s in one of them" }];
  return [...unread, ...beside, ...contradicted, ...none];
}
