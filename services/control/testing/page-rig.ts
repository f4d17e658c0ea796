/** For tests: the live page in a real browser, with a service and the page's console and network errors. */
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
/** Why browser tests are skipped; false when they can run. */
export const pageSkip = !isProgram(chromiumProgram)
  ? `${chromiumProgram} is not installed: apt-get install chromium`
  : isBuilt
    ? false
    : "the page is not built: npm run build";
/** Command line flags of the test browser. */
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
  /** Console errors, page errors and requests to other origins. */
  complaints: string[];
  shoot(name: string): Promise<unknown>;
}

/** Runs `act` on a page of its own service; fails on console errors and requests to other origins. */
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

/** Fills in the form and starts a run; waits for the figures of the first second. */
export async function startRun(
  page: Page,
  base: string,
  changes: Record<string, string>,
  faults: string,
  kind = "connections",
): Promise<void> {
  await page.goto(`${base}/#/start`);
  // The form's default; choosing a kind resets it.
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
 * Waits until an expression is true in the page. Evaluated from outside each time: the page's content security policy
 * forbids polling with code given as text.
 */
export async function holds(page: Page, expression: string): Promise<void> {
  await until(expression, () => page.evaluate<boolean>(expression));
}
