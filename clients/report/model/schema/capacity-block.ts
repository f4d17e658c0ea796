/** The block `capacity` of a report: the bounds, what broke, whose limit it was, and every trial. */
import { type Static, Type } from "#typebox";
import { varyNames } from "../../../scenario/varied.ts";
import { count, figure, figureOrNull, oneOf, orNull, text } from "./field.ts";

const outcomes = ["pass", "fail", "invalid"] as const;

const CapacityTrial = Type.Object(
  {
    number: count("in the order they were run, from 1"),
    load: figure("connections, streams, or the varied quantity per second"),
    connections: figure("planned"),
    pushesPerSecond: figureOrNull("due each second; null if the search varies something else"),
    purpose: oneOf(
      ["climb", "double", "bisect", "repeat", "pin", "confirm"],
      "why it was run; climb: an initial trial that judges connections only; pin: at a suspected hard count or one above it",
    ),
    durationMs: figure("the part that is judged"),
    elapsedMs: figure("including start, ramp, settling and drain"),
    outcome: Type.Record(Type.String(), oneOf(outcomes, "by goal")),
    verdict: oneOf(outcomes, "fail when any goal failed, invalid when it proves nothing"),
    criterion: Type.Record(Type.String(), Type.String(), { description: "the first criterion that failed, by goal" }),
    limitedBy: orNull(Type.String(), "what the limit is attributed to; null for a trial that passed"),
    evidence: orNull(Type.String()),
    p99Ms: figureOrNull("of the latency that goals call p99; null if every latency has its own name"),
    p99sMs: Type.Optional(
      Type.Record(Type.String(), figureOrNull("p99"), { description: "of the other latencies that goals may limit" }),
    ),
    burstP99Ms: figureOrNull("of the worst burst"),
    lostRatio: figureOrNull(
      "failed divided by due: lost and late pushes or messages, failed streams, connects held up; null: not known",
    ),
    closed: figure("unexpectedly"),
    refused: figure("did not open"),
    heldCount: Type.Optional(count("it failed because the target held this many connections and rejected any more")),
    targetCpu: figureOrNull("cores"),
    targetRssMiB: figureOrNull("resident"),
    targetFds: figureOrNull("descriptors"),
    counters: Type.Array(Type.String(), { description: "kernel counters that increased, as sentences" }),
    notRun: Type.Optional(
      Type.Literal(true, {
        description:
          "it could not be run, for the reason given as evidence: nothing was dialled, and there are no figures",
      }),
    ),
  },
  { description: "one trial of the search" },
);
export type CapacityTrial = Static<typeof CapacityTrial>;

const CapacityGoal = Type.Object(
  {
    goal: Type.String(),
    lower: figureOrNull("the largest load that held"),
    upper: figureOrNull("the smallest that failed"),
    regular: Type.Boolean(),
    confirmed: Type.Boolean({ description: "by a long trial, or as a hard count" }),
    limitedBy: Type.String(),
    criterion: orNull(Type.String()),
    width: figureOrNull("(upper - lower) / upper"),
    sentence: Type.String(),
  },
  { description: "the answer to one goal (RFC 9971: relevant bounds)" },
);
export type CapacityGoal = Static<typeof CapacityGoal>;

export const CapacityBlock = Type.Object({
  vary: oneOf(varyNames, "what the load is"),
  lower: figureOrNull("of the first goal"),
  upper: figureOrNull("of the first goal"),
  regular: Type.Boolean({
    description:
      "both bounds exist, are within the width, and the failure at the upper one is attributed to the target",
  }),
  limitedBy: text("a code of the closed list in docs/capacity.md"),
  evidence: orNull(Type.String(), "what was measured"),
  criterion: orNull(Type.String()),
  hardCount: Type.Optional(
    count(
      "the target holds this many connections and rejects any more: it stopped at this number in at least two trials",
    ),
  ),
  end: orNull(oneOf(["answered", "trial-budget", "time-budget", "interrupted", "not-started"], "why the search ended")),
  ceiling: Type.Object(
    { load: Type.Number(), code: Type.String(), text: Type.String(), fix: Type.Optional(Type.String()) },
    { description: "the largest load that host, generator and scenario allow, and why" },
  ),
  restarted: Type.Boolean({ description: "false for a target given by URL" }),
  elapsedMs: figure("of all trials"),
  goals: Type.Array(CapacityGoal),
  trials: Type.Array(CapacityTrial),
  progress: Type.Optional(text("while it runs: the bounds so far, the current trial, time left")),
});
export type CapacityBlock = Static<typeof CapacityBlock>;

/** The block, null for a report of another kind. */
export const capacityOf = ({
  capacity = null,
}: {
  capacity?: CapacityBlock | null | undefined;
}): CapacityBlock | null => capacity;
