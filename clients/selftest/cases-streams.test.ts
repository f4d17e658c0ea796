import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import type { Report } from "../report/model/report.ts";
import type { Quantiles } from "../report/model/schema/quantiles-field.ts";
import type { StreamFact } from "./account.ts";
import { streamCases } from "./cases-streams.ts";
import { closedLoopBounds } from "./check-requests.ts";
import { streamTimeChecks } from "./check-streams.ts";
import { runCase } from "./selftest.ts";

describe("streams match the target's account", { timeout: 300_000 }, () => {
  const runsFolder = mkdtempSync(join(tmpdir(), "holdfast-selftest-streams-"));
  after(() => rmSync(runsFolder, { recursive: true, force: true }));
  for (const test of streamCases) {
    it(`${test.name}: ${test.proves}`, async () => {
      const { error, checks } = await runCase(test, { runsFolder, signal: new AbortController().signal, atOnce: 1 });
      assert.equal(error, null);
      assert.deepEqual(
        checks.filter(({ ok }) => !ok),
        [],
      );
      for (const what of ["first byte p50", "first event p50", "event gap p999", "longest gap p50", "stream p50"])
        assert(checks.some((check) => check.what === `${what}, ms`));
    });
  }
});

const streams = 100;
const gapMs = 10;

/** Streams of four events 10 ms apart, each on its own connection; every write takes 0.1 ms. */
const facts: StreamFact[] = Array.from({ length: streams }, (_, request) => {
  const readNs = request * 1e6;
  const write = (atMs: number, events: number): StreamFact["writes"][number] => ({
    beforeNs: readNs + atMs * 1e6,
    afterNs: readNs + (atMs + 0.1) * 1e6,
    events,
  });
  const writes = [write(1, 0), ...[0, 1, 2, 3].map((index) => write(2 + index * gapMs, 1)), write(32.2, 0)];
  const { beforeNs, afterNs } = writes.at(-1)!;
  const answer = { replica: "a", request, peer: String(request), path: "/stream", readNs, beforeNs, afterNs };
  return { ...answer, end: "complete", writes };
});

const all = (count: number, ms: number): Quantiles => ({ count, p50: ms, p90: ms, p99: ms, p999: ms, max: ms });

/** Differences from the account in a report that measured every gap as `gap` and everything else correctly. */
function differing(gap: Quantiles, eventsTogether = 0, longestGap = all(streams, gapMs)): string[] {
  const latencyMs = {
    firstByte: all(streams, 1.05),
    firstEvent: all(streams, 2.05),
    stream: all(streams, 32.25),
    eventGap: gap,
    longestGap,
  };
  const report = { latencyMs, streams: { eventsTogether } } as Report;
  const checks = streamTimeChecks(report, closedLoopBounds(facts), { shares: ["p50"], toleranceMs: 1 });
  return checks.filter(({ ok }) => !ok).map(({ what }) => what);
}

describe("the bounds of streams from a target's account", () => {
  it("accept correct measurements, and gaps that cannot be distinguished", () => {
    assert.deepEqual(differing(all(3 * streams, gapMs)), []);
    assert.deepEqual(differing(all(3 * streams - 4, gapMs), 4), []);
  });

  it("reject gaps that are wrong by 3 ms, too few of them, and too many", () => {
    for (const offMs of [-3, 3])
      assert.deepEqual(differing(all(3 * streams, gapMs + offMs)), [
        "event gap p50, ms",
        "event gap p90, ms",
        "event gap p99, ms",
        "event gap p999, ms",
      ]);
    assert.deepEqual(differing({ ...all(3 * streams, gapMs), p999: 13 }), ["event gap p999, ms"]);
    assert.deepEqual(differing(all(3 * streams - 1, gapMs)), ["event gap: how many"]);
    assert.deepEqual(differing(all(3 * streams + 1, gapMs)), ["event gap: how many"]);
    assert.deepEqual(differing(all(3 * streams, gapMs), 0, all(streams, 20)).length, 4);
  });
});
