/**
 * A node:test reporter that writes one JSON line of counts. Suites are not tests, and are counted only when they fail
 * on their own.
 */
// biome-ignore lint/style/noDefaultExport: node loads a reporter by its default export
export default async function* count(source) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for await (const { type, data } of source) {
    const isSuite = data?.details?.type === "suite";
    if (type === "test:fail") {
      // A suite or file fails along with its tests, which were already counted; `subtestsFailed` marks that.
      if (data.details?.error?.failureType !== "subtestsFailed") counts.failed++;
    } else if (type === "test:pass" && !isSuite) {
      if (data.skip !== undefined || data.todo !== undefined) counts.skipped++;
      else counts.passed++;
    }
  }
  yield `${JSON.stringify(counts)}\n`;
}
