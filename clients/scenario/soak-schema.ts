/** A soak scenario: connections held for hours or days, judged for leaks and for drift. */
import { type Static, Type } from "#typebox";
import { connectionFields } from "./fields/connection-fields.ts";
import { closed, duration, durationWithoutDefault, targetFields } from "./fields/shared-fields.ts";

const { storm: _, ...held } = connectionFields;
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
        "growth of the target's memory that is not reported as a leak: bytes per hour such as 10MiB/h, or a share of its memory over the lifetime such as 10%",
    }),
    latencyDrift: span(
      "rise of the per-burst p99 between the first and the last third that is not reported as a drift; by default the larger of 10 % and 5ms",
      0,
    ),
    lifetime: span("how long the target runs between restarts, for the projection; the hold by default"),
    warmUp: span(
      "start of the hold that is ignored; by default a tenth of it, at most 30m; of each stage a quarter, at most 30m",
      0,
    ),
    residueAfter: duration(
      "how long the target may take to release resources after all connections are closed",
      "10s",
      { minimumMs: 0 },
    ),
    replaceDeadShards: Type.Boolean({
      default: false,
      description: "replace a shard process that dies; its connections come back as reconnects",
    }),
    ...targetFields,
  },
  "hold connections for hours and find out whether memory leaks, latency drifts, or anything is not released after the drain",
);
export type SoakScenario = Static<typeof SoakScenario>;
