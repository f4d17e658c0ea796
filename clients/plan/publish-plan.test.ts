import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { audienceOf, matchesFilter } from "./audience.ts";
import { firstPublishNs, PublishSchedule } from "./publish-plan.ts";
import { connectionNumber, shareOf } from "./shard.ts";

describe("the schedule of a run's publishers", () => {
  it("gives each publisher one turn per round over any number of shards, in due order and evenly spaced", () => {
    const cases = fc.record({
      connections: fc.integer({ min: 1, max: 60 }),
      publishers: fc.integer({ min: 1, max: 60 }),
      shards: fc.integer({ min: 1, max: 7 }),
    });
    fc.assert(
      fc.property(cases, ({ connections, publishers: wanted, shards }) => {
        const publishers = Math.min(wanted, connections);
        const plan = {
          everyMs: 600,
          publishers,
          bytes: 32,
          payload: null,
          clock: "monotonic",
          heardBy: "own",
        } as const;
        const rounds = 3;
        const all: { number: number; tick: number; dueNs: number }[] = [];
        for (let shard = 0; shard < shards; shard++) {
          const schedule = new PublishSchedule(
            plan,
            connections,
            shareOf(connections, shard, shards),
            shard,
            shards,
            1000,
          );
          let lastNs = 0;
          while (schedule.nextNs < 1000 + firstPublishNs + rounds * 600e6) {
            const nextNs = schedule.nextNs;
            const { slot, publisher, tick, dueNs } = schedule.take();
            assert.equal(dueNs, nextNs);
            assert(dueNs >= lastNs);
            lastNs = dueNs;
            const number = connectionNumber(slot, shard, shards);
            assert.equal(number, connections - publishers + publisher);
            assert.equal(schedule.baseNs(slot) + tick * 600e6, dueNs);
            all.push({ number, tick, dueNs });
          }
        }
        all.sort((a, b) => a.dueNs - b.dueNs);
        assert.equal(all.length, publishers * rounds);
        for (const [at, { number, tick, dueNs }] of all.entries()) {
          assert.deepEqual([number, tick], [connections - publishers + (at % publishers), Math.floor(at / publishers)]);
          assert(Math.abs(dueNs - (1000 + firstPublishNs + (at * 600e6) / publishers)) <= 1);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe("the audience of what is published", () => {
  const filters: [filter: string, name: string, matches: boolean][] = [
    ["sport/#", "sport", true],
    ["sport/#", "sport/a/b", true],
    ["#", "a/b", true],
    ["+/+", "/finance", true],
    ["+", "/finance", false],
    ["sport/+", "sport", false],
    ["sport/+", "sport/", true],
    ["a/+/c", "a/b/c", true],
    ["a/+/c", "a/b/d", false],
    ["#", "$SYS/x", false],
    ["+/x", "$SYS/x", false],
    ["$SYS/#", "$SYS/x", true],
  ];
  for (const [filter, name, matches] of filters)
    it(`${filter} ${matches ? "matches" : "does not match"} ${name}`, () =>
      assert.equal(matchesFilter(filter, name), matches));

  it("is everybody, only the publisher, nobody, or unknown", () => {
    assert.equal(audienceOf(["news"], "news"), "all");
    assert.equal(audienceOf(["dev/+"], "dev/{{index}}"), "all");
    assert.equal(audienceOf(["dev/{{index}}"], "dev/{{index}}"), "own");
    assert.equal(audienceOf(["cmd/{{index}}"], "dev/{{index}}"), "none");
    assert.equal(audienceOf([], "dev/{{index}}"), "none");
    assert.equal(audienceOf(["room/{{index / 50}}"], "room/{{index / 50}}"), "mixed");
    assert.equal(audienceOf(["r/{{room}}"], "r/{{room}}", { room: "{{index}}" }), "own");
    assert.equal(audienceOf(["r/{{device}}"], "r/{{device}}"), "mixed");
    assert.equal(audienceOf(["$share/g/news"], "news"), "mixed");
  });
});
