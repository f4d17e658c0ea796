import { type Static, Type } from "#typebox";
import { count, figure } from "./field.ts";

/** Quantiles of one latency in milliseconds, from the merged histogram of all shards. */
export const Quantiles = Type.Object({
  count: count("samples"),
  p50: figure("median"),
  p90: figure("90th percentile"),
  p99: figure("99th percentile"),
  p999: figure("99.9th percentile"),
  max: figure("largest"),
});
export type Quantiles = Static<typeof Quantiles>;
