/** A staged load: the target counts every opening and every push of each stage. */
import { betweenTicks, everything, type Outcome, type SelftestCase } from "./case.ts";
import { type Check, exactly } from "./check.ts";

const levels = [100, 200, 50, 120];

const scenario = {
  kind: "connections",
  stages: levels.map((connections) => ({ connections, over: "400ms", hold: "3s" })),
  push: { interval: "1000ms", bytes: 100 },
  timeouts: { connect: "5s", upgrade: "3s", close: "5s" },
};

type StageReport = NonNullable<Outcome["report"]["stages"]>[number];

const inEach = (
  { report }: Outcome,
  what: string,
  expected: readonly number[],
  of: (stage: StageReport) => number,
): Check[] =>
  expected.map((count, index) => {
    const stage = report.stages?.[index];
    return exactly(`${what} in stage ${index + 1}`, count, stage === undefined ? undefined : of(stage));
  });

/**
 * Checks for every staged run: each stage follows from the previous one, and together they add up to the target's
 * account.
 */
function stagesAddUp(outcome: Outcome): Check[] {
  const { report, account } = outcome;
  const stages = report.stages ?? [];
  const sum = (of: (stage: StageReport) => number): number => stages.reduce((all, one) => all + of(one), 0);
  const { connections, pushes } = report;
  return [
    exactly("stages", levels.length, stages.length),
    exactly(
      "opened in all stages, as the target counted",
      account.opened,
      sum(({ opened }) => opened),
    ),
    exactly(
      "lost in all stages",
      connections.closedUnexpectedly,
      sum((stage) => stage.closedUnexpectedly),
    ),
    exactly(
      "pushes due in all stages",
      pushes?.due ?? -1,
      sum((stage) => stage.pushes?.due ?? 0),
    ),
    exactly(
      "samples of push latency in all stages",
      pushes?.received ?? -1,
      sum((stage) => stage.pushLatencyMs?.count ?? 0),
    ),
    ...inEach(
      outcome,
      "open at its beginning and opened",
      stages.map(({ closedByPlan, closedUnexpectedly, open }) => closedByPlan + closedUnexpectedly + open),
      (stage) => (stages[stages.indexOf(stage) - 1]?.open ?? 0) + stage.opened,
    ),
  ];
}

export const stageCases: SelftestCase[] = [
  {
    name: "stages",
    proves: "up and down in one run: each stage has its own figures, and planned closes are not losses",
    isQuick: false,
    scenario,
    faults: [],
    checks: (outcome) => [
      ...everything(outcome),
      ...stagesAddUp(outcome),
      ...inEach(outcome, "open at the end", levels, ({ open }) => open),
      ...inEach(outcome, "opened", [100, 100, 0, 70], ({ opened }) => opened),
      ...inEach(outcome, "closed by plan", [0, 0, 150, 0], ({ closedByPlan }) => closedByPlan),
      exactly("closed by plan, the end included", 270, outcome.report.connections.closedByPlan),
    ],
  },
  {
    name: "stages-drop",
    proves: "a drop at the top of the load is counted in its stage, by cause",
    isQuick: false,
    scenario,
    faults: [{ kind: "life.rst", every: 4, at: betweenTicks(1200, 200) }],
    checks: (outcome) => [
      ...everything(outcome),
      ...stagesAddUp(outcome),
      exactly("reset by the target", 50, outcome.account.ended.reset ?? 0),
      ...inEach(outcome, "reset", [0, 50, 0, 0], ({ byCause }) => byCause.reset ?? 0),
      ...inEach(outcome, "open at the end", [100, 150], ({ open }) => open),
    ],
  },
];
