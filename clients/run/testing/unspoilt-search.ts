/** Searches of tests on a machine that others use: one that the host spoilt is made again. */
import type { TestContext } from "node:test";
import type { Report } from "../../report/model/report.ts";
import { capacityOf } from "../../report/model/schema/capacity-block.ts";

const mostSearches = 3;

/** The host broke first: what of ours a trial was short of, null where the bounds are the target's. */
function spoiltBy(report: Report): string | null {
  const { limitedBy, evidence, lower } = capacityOf(report)!;
  return /^generator/.test(limitedBy) || (limitedBy === "host-cpu" && lower === null)
    ? `${limitedBy}: ${evidence}`
    : null;
}

/** Searches again where the host broke first, `most` times at the most; then the test says so and is skipped. */
export async function unspoilt(
  test: TestContext,
  search: () => Promise<Report>,
  most = mostSearches,
): Promise<Report | null> {
  for (let searches = 1; ; searches++) {
    const report = await search();
    const spoilt = spoiltBy(report);
    if (spoilt === null) return report;
    test.diagnostic(`search ${searches}: the host broke first: ${spoilt}`);
    if (searches < most) continue;
    test.skip(`the host broke first in each of ${searches} searches: ${spoilt}`);
    return null;
  }
}
