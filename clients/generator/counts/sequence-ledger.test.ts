import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { SequenceLedger } from "./sequence-ledger.ts";

const arrivals = fc.array(fc.record({ slot: fc.nat(1), channel: fc.constantFrom("a", "b"), number: fc.nat(60) }), {
  maxLength: 200,
});

describe("the ledger of numbered messages", () => {
  for (const hasChannels of [false, true]) {
    it(`matches a model made of sets, ${hasChannels ? "by channel" : "by connection"}`, () => {
      fc.assert(
        fc.property(arrivals, (list) => {
          const ledger = new SequenceLedger(2, hasChannels);
          ledger.open(0);
          ledger.open(1);
          const seen = new Map<string, number[]>();
          for (const { slot, channel, number } of list) {
            const row = `${slot}${hasChannels ? channel : ""}`;
            const before = seen.get(row) ?? [];
            const kind = ledger.record(slot, channel, number);
            const expected = before.includes(number)
              ? "duplicate"
              : number > Math.max(-1, ...before)
                ? "new"
                : "out-of-order";
            assert.equal(kind, expected);
            seen.set(row, [...before, number]);
          }
          const lost = [0, 0];
          for (const [row, numbers] of seen)
            lost[Number(row[0])]! += Math.max(...numbers) - Math.min(...numbers) + 1 - new Set(numbers).size;
          assert.deepEqual([...ledger.lostOf], lost);
        }),
      );
    });
  }

  it("restarts with each connection, keeping earlier losses", () => {
    const ledger = new SequenceLedger(1, true);
    for (const number of [5, 8]) ledger.record(0, "a", number);
    ledger.open(0);
    assert.deepEqual(
      [100, 101, 101].map((number) => ledger.record(0, "a", number)),
      ["new", "new", "duplicate"],
    );
    assert.equal(ledger.lostOf[0], 2);
  });

  it("distinguishes a restarted numbering from an out-of-order message", () => {
    const ledger = new SequenceLedger(1, false);
    assert.deepEqual(
      [50_000, 50_001, 49_999, 1, 2].map((number) => ledger.record(0, "", number)),
      ["new", "new", "out-of-order", "restarted", "new"],
    );
    assert.equal(ledger.lostOf[0], 0);
  });

  it("stores a gap of any size as one range", () => {
    const ledger = new SequenceLedger(1, false);
    const kinds = [1, 9e12, 4e12, 4e12].map((number) => ledger.record(0, "", number));
    assert.deepEqual(kinds, ["new", "new", "out-of-order", "duplicate"]);
    assert.equal(ledger.lostOf[0], 9e12 - 3);
  });
});
