import assert from "node:assert/strict";
import { test } from "node:test";
import { sampleReport } from "../report/testing/sample-report.ts";
import { openMetrics } from "./metrics-option.ts";

const report = { ...sampleReport(), verdict: "pass" as const };

test("a page that was scraped stays after the run until its verdict was scraped twice", async () => {
  const metrics = await openMetrics("127.0.0.1:0");
  const page = async (): Promise<string> => (await fetch(metrics.url)).text();
  const observer = metrics.observer();
  observer.begun?.(report);
  assert.doesNotMatch(await page(), /holdfast_run_verdict\{/);
  observer.ended?.(report);
  const closed = metrics.close();
  for (let scrape = 0; scrape < 2; scrape++) assert.match(await page(), /holdfast_run_verdict\{.*verdict="pass"\} 1/);
  await closed;
  await assert.rejects(page());
});

test("a page nobody scraped, or where nothing ran, is closed at once", async () => {
  const unseen = await openMetrics("127.0.0.1:0");
  unseen.observer().begun?.(report);
  const empty = await openMetrics("127.0.0.1:0");
  await (await fetch(empty.url)).text();
  await Promise.all([unseen.close(), empty.close()]);
  for (const { url } of [unseen, empty]) await assert.rejects(fetch(url));
});
