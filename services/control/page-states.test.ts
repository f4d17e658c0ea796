/**
 * How the page shows finished runs and an unreachable service, and how its form and list are used; in a real browser.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { chromium } from "playwright-core";
import { projectRoot } from "../../clients/target/project-root.ts";
import { browserFlags, holds, pageSkip, startRun, visit } from "./testing/page-rig.ts";
import { chromiumProgram, Helper, temporaryFolder } from "./testing/service-rig.ts";

const figure = (name: string): string => `[data-figure="${name}"]`;
const shape = { connections: "60", hold: "3s", "push.interval": "1s" };

describe("the live page's states", { skip: pageSkip }, () => {
  it("shows time left and phase durations, keeps the last figures of a finished run, and finds it in the list", () =>
    visit(async ({ page, base }) => {
      await startRun(page, base, { ...shape, title: "Nightly chat" }, "");
      await page.locator(".phases li[aria-current]", { hasText: /hold \d+(\.\d)? s of 3 s/ }).waitFor();
      await page.locator(figure("time left"), { hasText: /left|about to end/ }).waitFor();
      assert.match(await page.title(), /^Nightly chat: running · Holdfast$/);
      await page.locator("a.primary", { hasText: "Report" }).waitFor();
      await holds(page, "document.title === 'Nightly chat: pass · Holdfast'");
      assert.deepEqual(
        [await page.locator(figure("open")).textContent(), await page.locator(figure("of planned")).textContent()],
        ["60", "100 %"],
      );
      assert.equal(await page.locator(figure("time left")).count(), 0);
      assert.equal(await page.locator(".finding").count(), 0);
      const folded = page.locator(".folded summary", { hasText: "All zero so far: Failures to open, by cause" });
      await folded.waitFor();
      assert.equal(await page.locator("figure[aria-label='Failures to open, by cause']").count(), 0);
      await folded.click();
      await page.locator("figure[aria-label='Failures to open, by cause'] canvas").waitFor();
      await page.goto(`${base}/#/`);
      await holds(page, "document.title === 'Runs · Holdfast'");
      await page.fill("input[name=words]", "nightly rehearsal");
      await page.locator(".runs li", { hasText: "Nightly chat" }).waitFor();
      await page.selectOption("select[name=outcome]", "fail");
      await page.getByText("0 of 1 shown").waitFor();
    }));

  it("leaves no gap in the grid at any width, and legends do not move when values change", () =>
    visit(async ({ page, base }) => {
      await startRun(page, base, { ...shape, hold: "30s" }, "");
      await page.locator(figure("open"), { hasText: "60" }).waitFor();
      await page.locator("figure[aria-label='Target memory'] canvas").waitFor();
      for (const width of [1280, 900, 390]) {
        await page.setViewportSize({ width, height: 900 });
        await holds(page, `document.documentElement.scrollWidth <= ${width}`);
        // Every row of every grid ends at the grid's edge.
        const gaps = await page.evaluate<number[]>(`[...document.querySelectorAll(".panels")].flatMap((grid) => {
          const ends = new Map();
          for (const cell of grid.children) {
            const { top, right } = cell.getBoundingClientRect();
            ends.set(Math.round(top), Math.max(ends.get(Math.round(top)) ?? 0, right));
          }
          return [...ends.values()].map((end) => Math.round(grid.getBoundingClientRect().right - end));
        })`);
        assert.ok(gaps.length > 0 && gaps.every((gap) => Math.abs(gap) <= 1), `${width}: ${gaps}`);
      }
      const places = `[...document.querySelectorAll(".picture .legend dt")].map((name) => Math.round(name.getBoundingClientRect().left)).join()`;
      const before = await page.evaluate<string>(places);
      const at = await page.locator(".phases li[aria-current]").textContent();
      await holds(page, `document.querySelector(".phases li[aria-current]")?.textContent !== ${JSON.stringify(at)}`);
      assert.equal(await page.evaluate<string>(places), before);
      await page.locator("button.stop").click();
    }));

  it("keeps Start visible and close, folds rare fields, and accepts groups as YAML, MQTT and TLS", () =>
    visit(async ({ page, base, complaints }) => {
      await page.goto(`${base}/#/start`);
      await page.locator("button[name=start]:not([disabled])").waitFor();
      await holds(page, "document.title === 'Start a run · Holdfast'");
      let tabs = 0;
      for (; tabs < 46 && (await page.evaluate<string>("document.activeElement?.name ?? ''")) !== "start"; tabs++)
        await page.keyboard.press("Tab");
      assert.ok(tabs <= 8, `${tabs} tabs`);
      for (const width of [1280, 390]) {
        await page.setViewportSize({ width, height: 800 });
        await page.evaluate("scrollTo(0, document.body.scrollHeight)");
        const { y = -1, height = 0 } = (await page.locator("button[name=start]").boundingBox()) ?? {};
        assert.ok(y >= 0 && y + height <= 800, `${width}: ${y}`);
        assert.ok(!(await page.locator("input[name='mqtt.clientId']").isVisible()));
      }
      await page.locator("summary", { hasText: "What clients send" }).click();
      const sent = page.waitForRequest(
        (request) => request.url().endsWith("/preflight") && (request.postData() ?? "").includes("readers"),
      );
      await page.fill(
        "textarea[name=groups]",
        "- { name: readers, connections: 900 }\n- name: writers\n  connections: 100\n",
      );
      await page.locator("textarea[name=groups]").blur();
      assert.deepEqual(((await sent).postDataJSON() as { scenario: { groups: unknown } }).scenario.groups, [
        { name: "readers", connections: 900 },
        { name: "writers", connections: 100 },
      ]);
      await page.fill("textarea[name=groups]", "- {");
      await page.locator("textarea[name=groups]").blur();
      await page.locator(".problem").waitFor();
      await page.locator("button[name=start][disabled]").waitFor();
      await page.fill("textarea[name=groups]", "");
      await page.locator("textarea[name=groups]").blur();
      await page.locator("summary", { hasText: /^MQTT/ }).click();
      const mqtt = page.waitForRequest(
        (request) => (request.postData() ?? "").includes("device-") && (request.postData() ?? "").includes("dev/1"),
      );
      await page.fill("input[name='mqtt.clientId']", "device-{{index}}");
      await page.fill("textarea[name='mqtt.topics']", "dev/1");
      await page.locator("textarea[name='mqtt.topics']").blur();
      assert.deepEqual(((await mqtt).postDataJSON() as { scenario: { mqtt: unknown } }).scenario.mqtt, {
        clientId: "device-{{index}}",
        topics: ["dev/1"],
      });
      await page.locator("summary", { hasText: /^TLS/ }).click();
      assert.ok(await page.locator("input[name='tls.serverName']").isVisible());
      await page.getByText("Only on this machine's command line: certificate authority, certificate, key.").waitFor();
      // The browser's own messages about refusals.
      complaints.splice(0, complaints.length, ...complaints.filter((text) => !text.includes("400")));
    }));

  it("reports that the service is gone, and does not call its run running", async () => {
    const folder = temporaryFolder();
    const { HOLDFAST_TOKEN: _, REDIS_URL: __, ...environment } = process.env;
    const control = new Helper(
      process.execPath,
      [join(projectRoot, "dist/services/control/main.js"), "--port", "0", "--runs", folder.path],
      environment,
    );
    const browser = await chromium.launch({ executablePath: chromiumProgram, args: browserFlags });
    try {
      const base = (await control.says(/holdfast serve: (http:\S+)/))[1] ?? "";
      const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
      await startRun(page, base.replace(/\/$/, ""), { ...shape, hold: "60s" }, "");
      await page.locator(figure("open"), { hasText: "60" }).waitFor();
      await page.locator(".outcome", { hasText: "running" }).waitFor();
      await control.end("SIGKILL");
      await page.locator("[role=alert]", { hasText: "The service is not responding." }).waitFor();
      await page.locator(".outcome", { hasText: "no contact" }).waitFor();
      assert.equal(await page.locator(".outcome", { hasText: "running" }).count(), 0);
      assert.equal(await page.locator(figure("open")).textContent(), "60");
    } finally {
      await browser.close();
      await control.end("SIGKILL");
      folder.remove();
    }
  });
});
