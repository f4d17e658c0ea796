import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { LastReceivers } from "./last-receivers.ts";

it("merging several processes keeps the longest time per message, also when serialized", () => {
  const samples = fc.array(
    fc.record({ process: fc.nat(2), message: fc.nat(9), latencyUs: fc.integer({ min: 1, max: 1_000_000 }) }),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(samples, (list) => {
      // Processes may have been told of different ends.
      const processes = [10, 12, 10].map((messages) => new LastReceivers(messages));
      const longest = new Map<number, number>();
      for (const { process, message, latencyUs } of list) {
        processes[process]!.record(message, latencyUs * 1000);
        longest.set(message, Math.max(longest.get(message) ?? 0, latencyUs));
      }
      const merged = processes[0]!.copy();
      for (const other of processes.slice(1)) merged.add(LastReceivers.fromWire(other.toWire()));
      const histogram = merged.histogram();
      assert.equal(merged.shards, 3);
      assert.equal(histogram.count, longest.size);
      assert.equal(processes[0]!.shards, 1);
      const most = Math.max(0, ...longest.values());
      if (longest.size > 0) assert.ok(Math.abs(histogram.quantileMs(1) * 1000 - most) <= most * 0.002 + 1);
    }),
  );
});
