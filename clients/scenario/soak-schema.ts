/** A soak scenario: connections held for hours or days, judged for leaks and for drift. */
import { type Static, Type } from "typebox";
import { connectionFields } from "./fields/connection-fields.ts";
import { closed, duration, durationWithoutDefault, targetFields } from "./fields/shared-fields.ts";

const { storm: _, stages: __, ...held } = connectionFields;
const span = (description: string, minimumMs = 1) => Type.Optional(durationWithoutDefault(description, { minimumMs }));

/** A budget of memory: bytes an hour ("10MiB/h"), or a share of the memory at the start over the lifetime ("10%"). */
export const memoryBudgetPattern = "^[0-9]+(\\.[0-9]+)?\\s*(%|(B|KiB|MiB|GiB)/h)$";

export const SoakScenario = closed(
  {
    kind: Type.Literal("soak"),
    ...held,
    hold: duration("how long all connections are held once the ramp is over: minutes, hours or days", "1h"),
    memoryGrowth: Type.String({
      pattern: memoryBudgetPattern,
      default: "10%",
      description:
        "growth of the target's memory that is no leak: bytes an hour such as 10MiB/h, or a share of its memory over the lifetime such as 10%",
    }),
    latencyDrift: span(
      "rise of the per-burst p99 from the first third to the last that is no drift; the larger of 10 % and 5ms when left out",
      0,
    ),
    lifetime: span(
      "how long the target is meant to live between restarts, for the projection; as long as the hold when left out",
    ),
    warmUp: span("start of the hold that is not judged; a tenth of it, at most 30m, when left out", 0),
    residueAfter: duration(
      "how long the target may take to give back what it held, after all connections are closed",
      "10s",
      { minimumMs: 0 },
    ),
    replaceDeadShards: Type.Boolean({
      default: false,
      description: "start a new shard process for one that died; its connections come back as reconnects",
    }),
    ...targetFields,
  },
  "hold connections for hours and say whether memory leaks, latency drifts, and what does not come back after the drain",
);
export type SoakScenario = Static<typeof SoakScenario>;
