/**
 * The live page in a real browser: start a run, watch it, see a mass disconnect by its cause, stop, read the report,
 * compare.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Page } from "playwright-core";
import { bucketOf, histogramBoundsSeconds } from "../../clients/measure/histogram/bucket-counts.ts";
import type { Report } from "../../clients/report/model/report.ts";
import { holds, pageSkip, startRun, visit } from "./testing/page-rig.ts";

const openCount = (page: Page) => page.locator("[data-figure=open]");

/** The cell under the crosshair: whether the heatmap's canvas has another colour there than a row below all values. */
const paintedAtCursor = `(() => {
  const plot = document.querySelector("[role=application]");
  const [canvas, over] = [plot.querySelector("canvas"), plot.querySelector(".u-over")];
  const moved = (name) => new DOMMatrix(getComputedStyle(plot.querySelector(name)).transform);
  const [x, y] = [over.offsetLeft + moved(".u-cursor-x").m41, over.offsetTop + moved(".u-cursor-y").m42];
  return [...canvas.getContext("2d").getImageData(x * devicePixelRatio, y * devicePixelRatio, 1, 1).data].join();
})()`;

const readTable = `[...document.querySelectorAll("figure:has([role=application]) tbody tr")].map((row) => {
  return [Number(row.dataset.row), Number(row.cells[1].textContent.replaceAll(",", ""))];
})`;

/** The rows of the heatmap's table with their counts. */
const heatTable = async (page: Page): Promise<Map<number, number>> =>
  new Map(await page.evaluate<[number, number][]>(readTable));

describe("the live page", { skip: pageSkip }, () => {
  it("starts a run, shows its ramp, names a mass disconnect by cause, stops it, shows report and comparison", () =>
    visit(async ({ page, base, shoot }) => {
      const shape = { connections: "400", hold: "60s", "push.interval": "1s" };
      await startRun(page, base, shape, "mass-drop");
      await shoot("start");
      await page.locator("[data-figure=open]", { hasText: "400" }).waitFor();
      // Every panel with something to show is drawn, the last of them after the second tick.
      await page.locator(".uplot canvas").nth(11).waitFor();
      await shoot("live");
      await page.locator(".feed code", { hasText: "close-frame 1012" }).waitFor();
      await page.locator(".feed code", { hasText: "eof" }).waitFor();
      await page.locator(".findings .headline", { hasText: "of 400 dropped at once" }).waitFor();
      await page
        .locator(".findings li", { hasText: "200 by close-frame 1012 (the target closed with a close frame)" })
        .waitFor();
      assert.equal(await openCount(page).textContent(), "0");
      await shoot("mass-drop");
      await page.setViewportSize({ width: 390, height: 800 });
      await page.emulateMedia({ colorScheme: "dark" });
      await holds(page, "document.documentElement.scrollWidth <= 390");
      await shoot("phone-dark");
      await page.setViewportSize({ width: 1280, height: 900 });
      await page.emulateMedia({ colorScheme: "light" });
      await page.locator("button.stop").click();
      await page.locator("a.primary", { hasText: "Report" }).click();
      await page.frameLocator("iframe").getByText("rehearsal").first().waitFor();
      await shoot("report");
      await startRun(page, base, { ...shape, hold: "2s" }, "");
      await page.locator("a.primary", { hasText: "Report" }).waitFor();
      await page.goto(`${base}/#/`);
      const boxes = page.locator(".runs input:not([disabled])");
      await boxes.nth(1).waitFor();
      await boxes.nth(0).check();
      await boxes.nth(1).check();
      await page.getByText("Compare selected runs").click();
      await page.locator("#outcome").waitFor();
      assert.ok((await page.locator("tbody tr").count()) > 10);
      await shoot("compare");
    }));

  it("shows the distribution of pushes over time: a delay of 50 ms is in the row for 50 ms, with nothing below", () =>
    visit(async ({ page, base, shoot }) => {
      await startRun(page, base, { connections: "20", hold: "60s", "push.interval": "1s" }, "delay-50ms");
      const held = bucketOf(0.05, histogramBoundsSeconds);
      const heatmap = page.locator("[role=application]");
      // However busy the machine, in some second one of the twenty pushes arrives on time.
      await page.locator(`tr[data-row="${held}"]`).waitFor({ state: "attached", timeout: 40_000 });
      await page.locator("summary", { hasText: "As a table" }).click();
      await heatmap.focus();
      await page.keyboard.press("Home");
      const readout = page.locator("figure:has([role=application]) .readout");
      await readout.filter({ hasText: /s, [\d.]+ to [\d.]+ ms: \d+ of \d+ pushes \(/ }).waitFor();
      const painted = await page.evaluate<string>(paintedAtCursor);
      await shoot("heatmap");
      for (let row = 0; row < 12; row++) await page.keyboard.press("ArrowDown");
      await readout.filter({ hasText: ": 0 of " }).waitFor();
      assert.notEqual(
        painted,
        await page.evaluate<string>(paintedAtCursor),
        "a cell with pushes has a colour, one without has none",
      );
      assert.match(
        (await page.locator("figure:has([role=application]) p.unseen").textContent()) ?? "",
        /pushes from .* ms/,
      );
      await page.keyboard.press("Tab");
      await readout.filter({ hasText: "Point at a cell" }).waitFor();
      await page.locator("[role=application] .u-over").hover();
      await readout.filter({ hasText: / s[,:] / }).waitFor();
      await page.setViewportSize({ width: 390, height: 800 });
      await page.emulateMedia({ colorScheme: "dark" });
      await holds(page, "document.documentElement.scrollWidth <= 390");
      await heatmap.scrollIntoViewIfNeeded();
      await shoot("heatmap-phone-dark");
      await page.locator("button.stop").click();
      await page.locator("a.primary", { hasText: "Report" }).waitFor();
      const id = page.url().split("/").at(-1);
      const report = (await (await fetch(`${base}/runs/${id}/report`)).json()) as Report;
      const table = await heatTable(page);
      assert.equal(Math.min(...table.keys()), held, "the target writes no push before its 50 ms are over");
      const shown = [...table.values()].reduce((sum, count) => sum + count, 0);
      assert.equal(shown, report.latencyMs.push?.count, "every push is in a row");
      // Opening the page after the end of the run shows the same, from the feed's replay.
      await page.reload();
      await page.locator(`tr[data-row="${held}"]`).waitFor({ state: "attached" });
      await holds(
        page,
        `document.querySelectorAll("figure:has([role=application]) tbody tr").length === ${table.size}`,
      );
      assert.deepEqual(await heatTable(page), table);
    }));

  it("can be used with the keyboard, names what is wrong with a scenario, and has its API document next to it", () =>
    visit(async ({ page, base, complaints }) => {
      await page.goto(`${base}/`);
      await page.getByText("No runs yet.").waitFor();
      const seen = new Set<string>();
      for (let i = 0; i < 6; i++) {
        await page.keyboard.press("Tab");
        seen.add(await page.evaluate<string>('document.activeElement?.textContent ?? ""'));
      }
      for (const name of ["Runs", "Start a run", "API"]) assert.ok(seen.has(name), `${name} is reached`);
      await page.goto(`${base}/#/start`);
      for (const kind of await page.locator("select[name=kind] option").allTextContents()) {
        await page.selectOption("select[name=kind]", kind);
        await page
          .getByText("This machine can handle the plan.")
          .or(page.getByText("The plan can be run"))
          .or(page.locator(".failure"))
          .first()
          .waitFor();
      }
      await page.selectOption("select[name=kind]", "connections");
      await page.setViewportSize({ width: 360, height: 740 });
      await holds(page, "document.documentElement.scrollWidth <= 360");
      await page.fill("input[name=hold]", "soon");
      await page.locator(".failure", { hasText: "hold" }).waitFor();
      assert.ok(await page.locator("button[name=start]").isDisabled());
      // The browser's own message about the refusal.
      complaints.splice(0, complaints.length, ...complaints.filter((text) => !text.includes("400")));
      await page.goto(`${base}/docs`);
      await page.getByText("/runs/{id}/live").waitFor();
    }));
});
