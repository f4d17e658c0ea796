/** Reconnecting event stream clients, with a server that records what it sent to whom. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readScenario, ScenarioError } from "../../scenario/read-scenario.ts";
import { NumberedFeed } from "../testing/numbered-feed.ts";
import { trialRun } from "../testing/run-rig.ts";

const connections = 8;
/** Reconnect delay of an hour, unless the target sets another. */
const reconnect = { after: "1h", retries: 100, eventSource: true };

async function follow(feed: NumberedFeed, engine: string) {
  const { report } = await trialRun({
    target: feed.url,
    protocol: "sse",
    connections,
    rampPerSecond: 1000,
    hold: "4s",
    shards: 2,
    engine,
    reconnect,
  });
  const account = report.reconnect;
  assert.ok(account?.eventSource !== undefined);
  const { absences, back, gaveUp, stillAway, eventSource } = account;
  assert.equal(absences, back + gaveUp + stillAway + eventSource.stopped);
  const { withId, resumed, skipped, repeated, unnumbered, waiting } = eventSource;
  assert.equal(withId, resumed + skipped + repeated + unnumbered + waiting);
  return { report, account, eventSource };
}

/** What the feed knows about its clients' reconnects, and about numbers that did not reach them. */
function truthOf(feed: NumberedFeed) {
  const truth = { withId: 0, resumed: 0, skipped: 0, waiting: 0, received: 0, lost: 0, answered: 0 };
  for (const { sent, requests } of feed.clients.values()) {
    truth.answered += requests.length;
    truth.received += new Set(sent).size;
    truth.lost += sent.length === 0 ? 0 : sent.at(-1)! - sent[0]! + 1 - new Set(sent).size;
    for (const { lastId, sentBefore } of requests) {
      assert.equal(lastId, sentBefore === 0 ? undefined : String(sent[sentBefore - 1]));
      if (lastId === undefined) continue;
      truth.withId++;
      const first = sent[sentBefore];
      if (first === undefined) truth.waiting++;
      else if (first === Number(lastId) + 1) truth.resumed++;
      else truth.skipped++;
    }
  }
  return truth;
}

describe("reconnecting event stream clients", { concurrency: 4 }, () => {
  for (const engine of ["kernel", "portable"]) {
    for (const replays of [true, false]) {
      it(`are accounted for if the target ${replays ? "replays" : "does not replay"} missed events (${engine})`, async () => {
        const feed = await NumberedFeed.listen({ replays, retryMs: 30 });
        try {
          const { report, eventSource } = await follow(feed, engine);
          const truth = truthOf(feed);
          assert.ok(truth.withId >= connections, JSON.stringify(truth));
          const { withId, resumed, skipped, waiting, events } = eventSource;
          const counted = { withId, resumed, skipped, waiting, received: events.received, lost: events.lost };
          const { answered, ...expected } = truth;
          assert.deepEqual(counted, expected);
          assert.equal(events.lostAway, events.lost);
          assert.equal(events.repeated, 0);
          assert.equal(report.connections.opened + report.connections.reconnects.opened, answered);
          if (replays) assert.deepEqual([skipped, events.lost], [0, 0]);
          else assert.ok(events.lost > 0 && skipped > 0, JSON.stringify(eventSource));
        } finally {
          await feed.close();
        }
      });
    }
  }

  it("stay away once the target responds with 204", async () => {
    const feed = await NumberedFeed.listen({ replays: true, retryMs: 20, stopsAt: 3 });
    try {
      const { account } = await follow(feed, "kernel");
      assert.equal(feed.clients.get("0")?.requests.length, 3);
      assert.deepEqual([account.eventSource?.stopped, account.gaveUp], [1, 0]);
      assert.deepEqual(account.refusedByCause, { "upgrade-rejected:204": 1 });
    } finally {
      await feed.close();
    }
  });

  for (const protocol of ["websocket", "tcp", "mqtt"])
    it(`do not exist for ${protocol}`, () => {
      assert.throws(
        () => readScenario({ kind: "connections", protocol, reconnect }),
        (error) =>
          error instanceof ScenarioError && /reconnect\.eventSource: expected to be left out/.test(error.message),
      );
    });
});
