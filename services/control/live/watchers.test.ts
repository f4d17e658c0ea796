/** Two hundred viewers of a running measurement: each gets every second of it, and the measurement is not affected. */
import assert from "node:assert/strict";
import { get } from "node:http";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { readCpuMs } from "../../../clients/measure/host/process-files.ts";
import type { Interval } from "../../../clients/report/model/interval.ts";
import type { Report } from "../../../clients/report/model/report.ts";
import { projectRoot } from "../../../clients/target/project-root.ts";
import { Helper, temporaryFolder, until } from "../testing/service-rig.ts";
import { endId } from "./live-feed.ts";
import type { LiveTick } from "./live-tick.ts";

const watchers = 200;
const connections = 500;
// Spread, so that pushes arrive at all times: a stall of a shard delays a number of them proportional to its length.
const scenario = {
  kind: "connections",
  target: "node",
  connections,
  rampPerSecond: 1000,
  push: { interval: "200ms", timing: "spread" },
  hold: "5s",
};

/**
 * Allowed ratio of a watched run's generator gap to an unwatched one's. The better of two watched runs is compared with
 * the worse of the unwatched ones before and after: noise during a single run does not decide the comparison, and the
 * minimums are above what sharing two cores costs a shard, a few ms. A control service that blocked its shards while it
 * serves viewers would still fail: at half a millisecond per viewer the shards would stall for a tenth of every second,
 * a tenth of the pushes would be read up to 100 ms late, and the p99 would be 90 ms (verified with shards stopped for
 * that long at every tick).
 */
const allowed = { ratio: 5, p50FloorMs: 3, p99FloorMs: 20 };

interface Watcher {
  text: () => string;
  isEnded: () => boolean;
}

function watch(url: string): Promise<Watcher> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => {
      const parts: string[] = [];
      let isEnded = false;
      response.setEncoding("utf8").on("data", (part: string) => parts.push(part));
      response.on("close", () => {
        isEnded = true;
      });
      resolve({ text: () => parts.join(""), isEnded: () => isEnded });
    }).on("error", reject);
  });
}

const eventsOf = (text: string, name: string): string[] =>
  [...text.matchAll(new RegExp(`^event: ${name}\\ndata: (.*)$`, "gm"))].map(([, data = ""]) => data);
const idsOf = (text: string): number[] => [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));

interface Watched {
  report: Report;
  intervals: Interval[];
  texts: string[];
  controlCpuMs: number;
}

describe("two hundred viewers of a running measurement", { timeout: 90_000 }, () => {
  const folder = temporaryFolder();
  const { HOLDFAST_TOKEN: _, REDIS_URL: __, ...environment } = process.env;
  let control: Helper;
  let base = "";

  before(async () => {
    const entry = join(projectRoot, "dist/services/control/main.js");
    control = new Helper(
      process.execPath,
      [entry, "--port", "0", "--runs", folder.path, "--requests-per-minute", "1000000"],
      environment,
    );
    base = (await control.says(/holdfast serve: (http:\S+)/))[1] ?? "";
  });
  after(async () => {
    await control.end("SIGTERM");
    folder.remove();
  });

  const ask = async <T>(path: string): Promise<T> => (await (await fetch(`${base}${path}`)).json()) as T;

  async function measure(count: number): Promise<Watched> {
    const body = JSON.stringify({ scenario });
    const answer = await fetch(`${base}/runs`, {
      method: "POST",
      body,
      headers: { "content-type": "application/json" },
    });
    const { runs } = (await answer.json()) as { runs: [{ id: string }] };
    const { id } = runs[0];
    const viewOf = async () =>
      (await ask<{ run: { state: string; connections: { opened: number } | null } }>(`/runs/${id}`)).run;
    const join = (some: number) => Promise.all(Array.from({ length: some }, () => watch(`${base}/runs/${id}/live`)));
    // Half are connected from the start, half connect during the measurement and get what they missed.
    const readers = await join(count / 2);
    await until("all are open", async () => (await viewOf()).connections?.opened === connections);
    const cpuBeforeMs = readCpuMs(control.child.pid ?? 0);
    readers.push(...(await join(count / 2)));
    await until("the end", async () => !["queued", "preparing", "running"].includes((await viewOf()).state));
    await until("the streams' end", () => readers.every(({ isEnded }) => isEnded()));
    const controlCpuMs = readCpuMs(control.child.pid ?? 0) - cpuBeforeMs;
    const lines = (await (await fetch(`${base}/runs/${id}/intervals`)).text()).trim().split("\n");
    const intervals = lines.map((line) => JSON.parse(line) as Interval);
    return {
      report: await ask<Report>(`/runs/${id}/report`),
      intervals,
      texts: readers.map(({ text }) => text()),
      controlCpuMs,
    };
  }

  function assertExact({ connections: counts, pushes, state }: Report): void {
    assert.equal(state, "finished");
    assert.deepEqual(
      [counts.planned, counts.opened, counts.refused, counts.notAttempted],
      [connections, connections, 0, 0],
    );
    assert.deepEqual([counts.closedByPlan, counts.closedUnexpectedly], [connections, 0]);
    assert.ok(pushes !== null && pushes.received > 0);
    assert.equal(pushes.due, pushes.received + pushes.lost);
    assert.deepEqual([pushes.lost, pushes.duplicated, pushes.outOfOrder, pushes.corrupted], [0, 0, 0, 0]);
  }

  function assertAllSeen({ report, intervals, texts }: Watched): void {
    assert.equal(texts.length, watchers);
    const [first = ""] = texts;
    const ids = idsOf(first);
    assert.deepEqual(
      ids,
      ids.map((_, index) => (index === ids.length - 1 ? endId : index + 1)),
      "no event is left out",
    );
    const ticks = eventsOf(first, "tick").map((data) => JSON.parse(data) as LiveTick);
    assert.deepEqual(
      ticks.map(({ interval }) => interval),
      intervals,
    );
    assert.deepEqual(ticks.at(-1)?.interval.pushes, report.pushes);
    for (const text of texts) {
      assert.deepEqual(idsOf(text), ids);
      assert.deepEqual(eventsOf(text, "tick"), eventsOf(first, "tick"));
      assert.deepEqual([eventsOf(text, "dropped").length, eventsOf(text, "end").length], [0, 1]);
    }
  }

  it("each get every second; counts are exact, and the generator gap is as in an unwatched run", async (context) => {
    const alone: Watched[] = [];
    const watched: Watched[] = [];
    // Interleaved, so that neither gets the quieter machine.
    for (const count of [0, watchers, watchers, 0]) (count === 0 ? alone : watched).push(await measure(count));
    for (const { report } of [...alone, ...watched]) assertExact(report);
    for (const run of watched) assertAllSeen(run);
    const gap = (runs: Watched[], rank: "p50" | "p99"): number[] =>
      runs.map(({ report }) => report.latencyMs.generatorGap?.[rank] ?? Number.NaN);
    for (const [name, runs] of [
      ["nobody", alone],
      [`${watchers} watchers`, watched],
    ] as const) {
      const cpu = runs.map(({ controlCpuMs, report }) => Math.round(controlCpuMs / (report.timing.heldMs / 1000)));
      context.diagnostic(
        `${name}: gap p50 ${gap(runs, "p50").join(", ")} ms, p99 ${gap(runs, "p99").join(", ")} ms; control's CPU ${cpu.join(", ")} ms a second`,
      );
    }
    context.diagnostic(
      `a watcher was sent ${Math.round((watched[0]?.texts[0]?.length ?? 0) / 1024)} KiB in ${watched[0]?.intervals.length} seconds`,
    );
    for (const [rank, floorMs] of [
      ["p50", allowed.p50FloorMs],
      ["p99", allowed.p99FloorMs],
    ] as const) {
      const [best, mostMs] = [Math.min(...gap(watched, rank)), allowed.ratio * Math.max(...gap(alone, rank)) + floorMs];
      assert.ok(best <= mostMs, `${rank} ${best} ms with watchers, at most ${mostMs} ms expected`);
    }
  });
});
