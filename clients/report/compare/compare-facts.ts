/** What a comparison is called, and what its targets were. */

import type { ComparisonReport } from "../model/compare-block.ts";
import { printable } from "../model/format.ts";

/** The heading of a comparison. */
export function titleOfComparison({ scenario, summary }: ComparisonReport): string {
  const title = (scenario as { title?: unknown } | null)?.title;
  return typeof title === "string" && title !== "" ? title : `Comparison: ${summary.targets.join(", ")}`;
}

/** What each target was: version and settings, from the first of its runs that says so. */
export function targetFacts({ summary, runs }: ComparisonReport): { target: string; version: string; settings: string }[] {
  return summary.targets.map((target) => {
    const own = summary.members.flatMap((member, index) => (member.target === target ? [runs[index]!.target] : []));
    const settings: Record<string, unknown> = Object.assign({}, ...own.map((facts) => facts.settings));
    const text = Object.entries(settings).map(([name, value]) => `${name} ${printable(value)}`);
    return { target, version: own.find(({ version }) => version !== "")?.version ?? "", settings: text.join("; ") };
  });
}
