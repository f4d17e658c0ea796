/** A limit and the measured value as text. */
import type { LimitResult } from "../../../../clients/report/model/report.ts";
import { inUnit, milliseconds } from "./figures.ts";

/** Shares as percent, times with their unit, anything else unchanged. */
function withUnit(limit: string, value: number): string {
  if (/Ms\b/.test(limit)) return milliseconds(value);
  if (/(Ratio|Share)$/.test(limit)) return `${Number((value * 100).toPrecision(3))} %`;
  return inUnit(value, /MiB$/.test(limit) ? "MiB" : "");
}

/** "at most 100 ms", "at least 95 %". */
export function boundText({ limit, atMost, atLeast }: LimitResult): string {
  if (atMost !== undefined) return `at most ${withUnit(limit, atMost)}`;
  return atLeast === undefined ? "" : `at least ${withUnit(limit, atLeast)}`;
}

export const measuredText = ({ limit, measured }: LimitResult): string =>
  measured === null ? "not measured" : withUnit(limit, measured);

/** "pushLatencyMs.p99 is 312 ms, at most 100 ms is allowed". */
export function limitText(result: LimitResult): string {
  return `${result.limit} is ${measuredText(result)}; expected ${boundText(result)}`;
}
