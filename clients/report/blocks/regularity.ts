/** How evenly messages came that carry no stamp. */
import { formatFigure, formatMilliseconds, formatShare, plural } from "../model/format.ts";
import type { Report } from "../model/report.ts";
import type { Block } from "./block.ts";

export function regularityBlock({ regularity }: Report): Block | null {
  if (regularity === undefined) return null;
  const { gaps, evenShare, intervalMs, deviationMs } = regularity;
  const [p50, p99, max] = [deviationMs.p50, deviationMs.p99, deviationMs.max].map(formatMilliseconds);
  return {
    id: "regularity",
    title: "Regularity of messages without a stamp",
    word: "Regularity",
    facts: [
      [
        "gaps",
        `${plural(gaps, "gap")} between messages: ${formatShare(evenShare)} within 10 % of ${formatFigure(intervalMs, "milliseconds")}`,
      ],
      ["deviation", `deviation from it ${p50} ms (p50), ${p99} ms (p99), ${max} ms (max)`],
    ],
  };
}
