/** Searches for other loads than connections, against servers whose limits are known: the bounds enclose them. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import type { Report } from "../../report/model/report.ts";
import { type CapacityBlock, capacityOf } from "../../report/model/schema/capacity-block.ts";
import type { CapacityScenario } from "../../scenario/capacity-schema.ts";
import { readScenario } from "../../scenario/read-scenario.ts";
import { atOnce, type Limiter, limitingServer, perSecond } from "../testing/limiting-server.ts";
import { unspoilt } from "../testing/unspoilt-search.ts";
import { executeCapacity } from "./capacity-run.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-vary-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const timing = { initialTrial: "3s", finalTrial: "3s", durationSum: "3s", confirm: "0s", width: 0.1 };

async function searched(input: Record<string, unknown>, said: string[] = []): Promise<Report> {
  const scenario = readScenario({
    kind: "capacity",
    ...input,
    search: { ...timing, ...(input.search as object) },
  }) as CapacityScenario;
  const options = {
    runsFolder: folder,
    watch: () => [],
    signal: new AbortController().signal,
    allowedHosts: [],
    say: (line: string) => void said.push(line),
  };
  return await executeCapacity(scenario, String(scenario.target), options);
}

/** Every trial as text, to explain a failed test. */
const told = ({ trials }: CapacityBlock): string =>
  trials.map(({ load, verdict, limitedBy, evidence }) => `${load} ${verdict} ${limitedBy} ${evidence}`).join("; ");

/** Bursts pass the limiter, half a second's worth in three seconds, so a load may exceed the rate by this much. */
const slack = 0.2;

function assertEncloses(report: Report, limit: number): CapacityBlock {
  const block = capacityOf(report)!;
  assert.ok(block.lower !== null && block.upper !== null, told(block));
  assert.ok(block.lower <= limit * (1 + slack) && block.upper >= limit * (1 - slack), told(block));
  return block;
}

describe("a search varies", { concurrency: 2, timeout: 600_000 }, () => {
  it("connections opened per second, against a server that refuses beyond a rate", async (test) => {
    const limit = 100;
    const opens: Limiter = perSecond(limit);
    const server = await limitingServer({ opens });
    const search = { vary: "connect-rate", minimum: 70, maximum: 160, goals: ["connect.p99<=800,loss<=0.02"] };
    const said: string[] = [];
    const report = await unspoilt(test, () => searched({ target: server.url("ws"), search }, said));
    server.stop();
    if (report === null) return;
    const block = assertEncloses(report, limit);
    assert.deepEqual([block.vary, block.limitedBy, block.criterion], ["connect-rate", "target-refuses", "refused"]);
    assert.ok(opens.refused > 0);
    assert.match(said.join("\n"), /connections\/s fail, refused; the target refuses \(target-refuses\): .*503/);
    // The trial at the lower bound opened rate times duration connections, including first openings.
    const { planned, reconnects } = report.connections;
    assert.ok((reconnects?.refused ?? 0) <= 0.02 * (reconnects?.attempted ?? 0), JSON.stringify(reconnects));
    assert.ok((reconnects?.opened ?? 0) > block.lower! * 2.9, told(block));
    // Each lives twice as long as the goal allows for opening.
    assert.equal(planned, Math.ceil(block.lower! * 1.6));
  });

  it("messages published per second, against a server that drops beyond a rate", async (test) => {
    const limit = 100;
    const messages = perSecond(limit);
    const server = await limitingServer({ messages });
    const search = {
      target: server.url("ws"),
      // Many publishers, each alone in its room: their messages are due so rarely that even a busy host is not late.
      connections: 300,
      vars: { room: "r{{index}}" },
      publish: { every: "1s", send: '{"m":{{message}}}', reaches: "room", sender: true, within: "500ms" },
      push: { stamp: "none" },
      search: { vary: "publish-rate", minimum: 70, maximum: 160, goals: ["published.p99<=400,loss<=0.02"] },
    };
    const report = await unspoilt(test, () => searched(search));
    server.stop();
    if (report === null) return;
    const block = assertEncloses(report, limit);
    // Losses while all processors were busy are attributed to that.
    assert.ok(["lost-messages", "host-cpu"].includes(block.limitedBy), told(block));
    assert.equal(block.criterion, "lost-messages");
    assert.ok(messages.refused > 0);
  });

  it("concurrent streams, against a server that refuses beyond a count", async (test) => {
    const limit = 20;
    const server = await limitingServer({ streams: atOnce(limit) });
    const search = {
      target: server.url("http"),
      streams: { ends: "[DONE]" },
      search: { vary: "streams", minimum: 10, maximum: 40, goals: ["firstEvent.p99<=2000,gap.p99<=2000"] },
    };
    const report = await unspoilt(test, () => searched(search));
    server.stop();
    if (report === null) return;
    const block = capacityOf(report)!;
    assert.ok(block.lower === limit && block.upper !== null && block.upper > limit, told(block));
    assert.deepEqual([block.limitedBy, block.criterion], ["target-refuses", "failed-streams"], told(block));
    assert.match(block.evidence ?? "", /status 503/);
    assert.equal(report.streams?.users, block.lower);
  });

  it("streams started per second, against a server that refuses beyond a rate", async (test) => {
    const limit = 60;
    const streams = perSecond(limit);
    const server = await limitingServer({ streams });
    const search = {
      target: server.url("http"),
      streams: { ends: "[DONE]", users: 40 },
      search: { vary: "stream-rate", minimum: 40, maximum: 100, goals: ["firstEvent.p99<=1000,loss<=0.02"] },
    };
    const report = await unspoilt(test, () => searched(search));
    server.stop();
    if (report === null) return;
    const block = assertEncloses(report, limit);
    assert.deepEqual([block.limitedBy, block.criterion], ["target-refuses", "failed-streams"], told(block));
  });
});

describe("a goal that is never measured", { concurrency: 3, timeout: 120_000 }, () => {
  const cases: [string, Record<string, unknown>, string][] = [
    ["connect-rate", {}, "connectTls.p99<=100"],
    ["streams", { streams: { ends: "[DONE]" } }, "gap.p99<=100"],
    ["stream-rate", { streams: { ends: "[DONE]", users: 20 } }, "gap.p99<=100"],
  ];
  for (const [vary, more, goal] of cases)
    it(`makes a search of ${vary} invalid`, async () => {
      const server = await limitingServer({}, 1);
      const report = await searched({
        target: server.url(vary === "connect-rate" ? "ws" : "http"),
        ...more,
        search: { vary, minimum: 5, maximum: 8, goals: [goal] },
      });
      server.stop();
      assert.equal(report.verdict, "invalid", told(capacityOf(report)!));
      assert.deepEqual([capacityOf(report)?.lower, capacityOf(report)?.limitedBy], [null, "not-measured"]);
    });
});
