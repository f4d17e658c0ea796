/** Repeats a test's search when the shared machine disturbed it. */
import type { TestContext } from "node:test";
import type { Report } from "../../report/model/report.ts";
import { capacityOf } from "../../report/model/schema/capacity-block.ts";

const mostSearches = 3;

/** What the generator was short of in a trial because of the host; null when the bounds are the target's. */
function spoiltBy(report: Report): string | null {
  const { limitedBy, evidence, lower } = capacityOf(report)!;
  return /^generator/.test(limitedBy) || (limitedBy === "host-cpu" && lower === null)
    ? `${limitedBy}: ${evidence}`
    : null;
}

/** Repeats a disturbed search, up to `most` searches in total; after that the test says so and is skipped. */
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
