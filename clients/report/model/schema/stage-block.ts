/** The block `stages` of a report: what each stage of the load asked for, and what came of it. */
import { type Static, Type } from "#typebox";
import { count, countsBy, figure, orNull } from "./field.ts";
import { Quantiles } from "./quantiles-field.ts";

export const StageReport = Type.Object(
  {
    connections: count("that were to be open once it was reached"),
    overMs: figure("planned, from the stage before"),
    holdMs: figure("planned"),
    atMs: figure("when it began, since the run's start"),
    lastedMs: figure("until the next began, or the load ended"),
    opened: count("connections, reconnects included"),
    refused: count("attempts that did not open, reconnects included"),
    closedByPlan: count("by us: because the stage holds fewer, or by churn; what the run's end closes is in no stage"),
    closedUnexpectedly: count("lost"),
    byCause: countsBy("of the refused and the lost"),
    open: count(
      "at its end, those we were closing included; open at the end of the stage before + opened = closedByPlan + closedUnexpectedly + open, exactly",
    ),
    pushes: orNull(
      Type.Object({
        due: count("received + lost, exactly"),
        received: count("that came in this stage"),
        late: count("of the received"),
        lost: count("whose time to be late passed in this stage"),
      }),
      "null: the target carries no stamp",
    ),
    pushLatencyMs: orNull(Quantiles, "of the received; null: there were none"),
    target: orNull(
      Type.Object({ cpu: figure("cores, mean"), rssMiB: figure("median") }),
      "null: it was not watched, or the stage was too short",
    ),
  },
  { description: "one stage of a load that goes up and down; all stages together are the run until its end closes it" },
);
export type StageReport = Static<typeof StageReport>;
