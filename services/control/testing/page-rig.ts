/** The live page in a real browser, for tests: a service, a page on it, and what the page complained about. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { projectRoot } from "../../../clients/target/project-root.ts";
import { makeService, type Service } from "../service.ts";
import { chromiumProgram, isProgram, silentLogger, temporaryFolder, testOptions, until } from "./service-rig.ts";

const isBuilt = existsSync(join(projectRoot, "dist/services/control/page/index.html"));
/** Why the page cannot be tried here; false when it can. */
export const pageSkip = !isProgram(chromiumProgram)
  ? `${chromiumProgram} is not installed: apt-get install chromium`
  : isBuilt
    ? false
    : "the page is not built: npm run build";
/** What a browser of a test is started with. */
export const browserFlags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export interface Visit {
  page: Page;
  base: string;
  /** Console errors, page errors and requests to anywhere else. */
  complaints: string[];
  shoot(name: string): Promise<unknown>;
}

/** Acts on a page of a service of its own; fails on console errors and on requests to anywhere else. */
export async function visit(act: (visit: Visit) => Promise<void>): Promise<void> {
  const folder = temporaryFolder();
  const pictures = process.env.HOLDFAST_PICTURES ?? mkdtempSync(join(tmpdir(), "holdfast-page-"));
  const service: Service = await makeService(testOptions(folder.path), silentLogger);
  let browser: Browser | null = null;
  try {
    await service.app.listen({ host: "127.0.0.1", port: 0 });
    const base = `http://127.0.0.1:${(service.app.server.address() as AddressInfo).port}`;
    browser = await chromium.launch({ executablePath: chromiumProgram, args: browserFlags });
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    const complaints: string[] = [];
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on(
      "request",
      (request) =>
        !request.url().startsWith(base) &&
        !request.url().startsWith("data:") &&
        complaints.push(`asked ${request.url()}`),
    );
    page.setDefaultTimeout(20_000);
    await act({ page, base, complaints, shoot: (name) => page.screenshot({ path: join(pictures, `${name}.png`) }) });
    assert.deepEqual(complaints, []);
  } finally {
    await browser?.close();
    await service.close();
    folder.remove();
  }
}

/** Fills the form in and starts; waits until the figures of the first second are there. */
export async function startRun(
  page: Page,
  base: string,
  changes: Record<string, string>,
  faults: string,
  kind = "connections",
): Promise<void> {
  await page.goto(`${base}/#/start`);
  // What the form begins with; a kind that is chosen begins anew.
  if (kind !== "connections") await page.selectOption("select[name=kind]", kind);
  await page.locator("input[name='target.rehearsal']").waitFor();
  await page.uncheck("input[name='target.go']");
  await page.check("input[name='target.rehearsal']");
  if (faults !== "") await page.selectOption("select[name=faults]", faults);
  for (const [name, value] of Object.entries(changes)) await page.fill(`input[name='${name}']`, value);
  await page.locator("summary", { hasText: "Calculation" }).click();
  await page.getByText("open files, each shard process").waitFor();
  await page.locator("button[name=start]:not([disabled])").click();
}

/**
 * Waits until an expression is true in the page. Asked anew each time: the page's content policy lets nothing in it
 * poll by a text of code.
 */
export async function holds(page: Page, expression: string): Promise<void> {
  await until(expression, () => page.evaluate<boolean>(expression));
}
