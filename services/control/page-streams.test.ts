/** The live page of a streams run in a real browser: it shows what the report has. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Report } from "../../clients/report/model/report.ts";
import { holds, pageSkip, startRun, visit } from "./testing/page-rig.ts";

describe("the live page of streams", { skip: pageSkip }, () => {
  it("shows streams in progress, complete and failed, the time to the first event, and gaps", () =>
    visit(async ({ page, base, shoot }) => {
      await startRun(page, base, { users: "40", hold: "60s" }, "streams", "streams");
      const figure = (title: string) => page.locator(`[data-figure="${title}"]`);
      await figure("streams a second")
        .filter({ hasText: /^[1-9]/ })
        .waitFor();
      for (const title of ["first event p99", "event gap p99"])
        await figure(title)
          .filter({ hasText: /\d.* ms$/ })
          .waitFor();
      await figure("failed streams")
        .filter({ hasText: /^[1-9]/ })
        .waitFor();
      await page.locator("dd.against", { hasText: /complete; \d+ under way/ }).waitFor();
      await page.locator(".findings .headline", { hasText: /streams? failed\./ }).waitFor();
      for (const panel of [
        "Streams complete and failed",
        "Streams under way",
        "Failures, by cause",
        "First event, this second",
        "Gap between events, this second",
        "Whole stream, this second",
      ])
        await page.locator(`figure[aria-label="${panel}"]`).waitFor();
      for (const cause of ["status", "stream-cut", "error-event"]) await page.getByText(cause).first().waitFor();
      await shoot("streams");
      await page.setViewportSize({ width: 390, height: 800 });
      await page.emulateMedia({ colorScheme: "dark" });
      await holds(page, "document.documentElement.scrollWidth <= 390");
      await shoot("streams-phone-dark");
      await page.locator("button.stop").click();
      await page.locator("a.primary", { hasText: "Report" }).waitFor();
      const id = page.url().split("/").at(-1);
      const { streams, latencyMs } = (await (await fetch(`${base}/runs/${id}/report`)).json()) as Report;
      assert.ok(streams !== undefined && streams.complete > 0);
      assert.equal(await figure("failed streams").textContent(), String(streams.failed));
      const rows = await page.evaluate<number[]>(
        `[...document.querySelectorAll("figure:has([role=application]) tbody tr")].map((row) =>
          Number(row.cells[1].textContent.replaceAll(",", "")))`,
      );
      const drawn = rows.reduce((sum, count) => sum + count, 0);
      assert.equal(drawn, latencyMs.firstEvent?.count, "every first event is in a row");
    }));
});
