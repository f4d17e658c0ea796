/** The block `stages` of a report: what each stage of the load asked for, and what came of it. */
import { type Static, Type } from "#typebox";
import { count, countsBy, figure, orNull } from "./field.ts";
import { Quantiles } from "./quantiles-field.ts";

export const StageReport = Type.Object(
  {
    connections: count("connections that should be open once it is reached"),
    overMs: figure("planned, from the stage before"),
    holdMs: figure("planned"),
    atMs: figure("when it began, since the run's start"),
    lastedMs: figure("until the next began, or the load ended"),
    opened: count("connections, reconnects included"),
    refused: count("attempts that did not open, reconnects included"),
    closedByPlan: count(
      "by the generator: because the stage holds fewer, or by churn; closes at the end of the run belong to no stage",
    ),
    closedUnexpectedly: count("lost"),
    byCause: countsBy("refused and lost, by cause"),
    open: count(
      "at its end, including those being closed; open at the end of the previous stage + opened = closedByPlan + closedUnexpectedly + open, exactly",
    ),
    pushes: orNull(
      Type.Object({
        due: count("received + lost, exactly"),
        received: count("received in this stage"),
        late: count("of the received"),
        lost: count("whose time to be late passed in this stage"),
      }),
      "null: the target carries no stamp",
    ),
    pushLatencyMs: orNull(Quantiles, "of the received; null: there were none"),
    target: orNull(
      Type.Object({ cpu: figure("cores, mean"), rssMiB: figure("median") }),
      "null: it was not monitored, or the stage was too short",
    ),
  },
  {
    description:
      "one stage of a load that goes up and down; all stages add up to the run, except for closes at its end",
  },
);
export type StageReport = Static<typeof StageReport>;
