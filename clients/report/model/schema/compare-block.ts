/** What a comparison adds to a report: `summary` and `advice`, beside the reports of its `runs`. */
import { type Static, Type } from "#typebox";
import { Reading } from "../figures/reading.ts";
import { units } from "../format.ts";
import { count, figureOrNull, oneOf, orNull, text } from "./field.ts";

const ComparedScenario = Type.Object({
  name: text("its kind, numbered if a kind occurs more than once"),
  kind: Type.String(),
  title: Type.String(),
  repeats: count("number of runs on each target"),
  heldMs: figureOrNull("measured time of a run, all its steps together; null for a kind that ends by itself"),
});
export type ComparedScenario = Static<typeof ComparedScenario>;

const ComparedMember = Type.Object({
  run: Type.String(),
  scenario: Type.String(),
  target: Type.String(),
  repeat: count("from 1"),
});
export type ComparedMember = Static<typeof ComparedMember>;

const SkippedRun = Type.Object(
  {
    target: Type.String(),
    scenario: orNull(Type.String(), "null: the target was not available"),
    repeat: figureOrNull("which of its runs"),
    text: Type.String(),
  },
  { description: "a target, or one of its runs, without figures" },
);
export type SkippedRun = Static<typeof SkippedRun>;

const SummaryCell = Type.Object({
  reading: orNull(Reading, "invalid and interrupted runs are counted but excluded from all figures"),
  published: figureOrNull("the published figure"),
});
export type SummaryCell = Static<typeof SummaryCell>;

const sectionNames = ["connections", "capacity", "api", "streams", "pipeline", "footprint", "soak"] as const;
export type SectionName = (typeof sectionNames)[number];

const SummaryRow = Type.Object(
  {
    scenario: Type.String(),
    kind: Type.String(),
    section: oneOf(sectionNames, "the table it belongs to"),
    figure: Type.String(),
    title: Type.String(),
    label: Type.Optional(text("the title without the unit; reports of older versions have none")),
    unit: oneOf(units, "of its readings"),
    better: oneOf(["lower", "higher"], "which direction is better"),
    nature: oneOf(["level", "events"], "how its noise is modelled"),
    cells: Type.Record(Type.String(), SummaryCell, { description: "by target" }),
    ratios: Type.Record(Type.String(), Type.Record(Type.String(), orNull(Reading)), {
      description:
        "the figure relative to that of the named target, with minimum and maximum from the ends of both spreads",
    }),
  },
  { description: "one figure of one scenario, by target" },
);
export type SummaryRow = Static<typeof SummaryRow>;

const SummaryOutcome = Type.Object(
  {
    scenario: Type.String(),
    target: Type.String(),
    counted: count("included in the figures"),
    failed: count("of these, with a missed limit"),
    invalid: count("runs"),
    interrupted: count("runs"),
  },
  { description: "how the runs of one scenario on one target ended" },
);
export type SummaryOutcome = Static<typeof SummaryOutcome>;

export const CompareSummary = Type.Object({
  targets: Type.Array(Type.String()),
  scenarios: Type.Array(ComparedScenario),
  members: Type.Array(ComparedMember),
  planned: count("runs"),
  skipped: Type.Array(SkippedRun),
  rows: Type.Array(SummaryRow),
  outcomes: Type.Array(SummaryOutcome),
});
export type CompareSummary = Static<typeof CompareSummary>;

export const AdviceResult = Type.Object(
  {
    id: Type.String(),
    group: oneOf(["advice", "claim"], "a recommendation, or a claim in the text"),
    need: Type.String(),
    says: Type.String(),
    because: Type.String(),
    outcome: oneOf(["confirmed", "refuted", "undecided"], "according to what was measured here"),
    figure: text("the figure that decides, with its spread; what is missing if undecided"),
  },
  { description: "a line of the published advice, or a claim, checked against what was measured" },
);
export type AdviceResult = Static<typeof AdviceResult>;
export type AdviceOutcome = AdviceResult["outcome"];
