/**
 * For tests: runs a case, and once more when times alone are off. A host that stops one process for some milliseconds
 * between a write and its receipt moves one time in a thousand; an error of ours is there again the second time.
 */
import type { SelftestCase } from "../case.ts";
import { runCase, type SelftestResult } from "../selftest.ts";

export async function runUndisturbed(test: SelftestCase, runsFolder: string): Promise<SelftestResult> {
  const once = (): Promise<SelftestResult> =>
    runCase(test, { runsFolder, signal: new AbortController().signal, atOnce: 1 });
  const first = await once();
  const off = first.checks.filter(({ ok }) => !ok);
  return off.length > 0 && off.every(({ what }) => what.endsWith(", ms")) ? once() : first;
}
