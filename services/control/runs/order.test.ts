import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  advance,
  isOver,
  nextState,
  type Order,
  type OrderEvent,
  orderStates,
  severalTargets,
  startable,
} from "./order.ts";

const events: OrderEvent[] = ["taken", "dialled", "completed", "stopped", "broke", "lost"];
const order = (id: string, changes: Partial<Order> = {}): Order => ({
  id,
  kind: "connections",
  target: "go",
  scenario: {},
  state: "queued",
  tags: [],
  group: null,
  createdAt: "",
  startedAt: null,
  endedAt: null,
  run: null,
  error: null,
  ...changes,
});

describe("the life of an order", () => {
  it("goes from queued through preparing and running to its end", () => {
    const path = (["taken", "dialled", "completed"] as const).reduce(
      (at, event) => advance(at, event, event),
      order("a"),
    );
    assert.deepEqual([path.state, path.startedAt, path.endedAt], ["finished", "taken", "completed"]);
  });

  it("ends in one of three final states, whatever happens", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...events)), (sequence) => {
        let state: Order["state"] = "queued";
        for (const event of sequence) {
          const next = nextState(state, event);
          if (isOver(state)) assert.equal(next, null);
          state = next ?? state;
        }
        assert.ok(orderStates.includes(state));
      }),
    );
  });

  it("keeps a queued order when the service is lost, and rejects impossible events", () => {
    assert.equal(nextState("queued", "lost"), null);
    assert.throws(() => advance(order("a"), "completed", ""), /queued/);
  });
});

describe("which orders may start", () => {
  const limits = { atOnce: 4, perTarget: 1 };

  it("one at a time per target, oldest first", () => {
    const queue = [order("a"), order("b"), order("c", { target: "node" })];
    assert.deepEqual(
      startable(queue, limits).map(({ id }) => id),
      ["a", "c"],
    );
  });

  it("never two of a comparison concurrently", () => {
    const queue = [
      order("a", { group: "g", state: "running" }),
      order("b", { group: "g", target: "node" }),
      order("c", { target: "pypy" }),
    ];
    assert.deepEqual(
      startable(queue, limits).map(({ id }) => id),
      ["c"],
    );
  });

  it("a comparison alone, and nothing overtakes it while it waits", () => {
    const several = order("b", { target: severalTargets });
    const ids = (queue: Order[]): string[] => startable(queue, limits).map(({ id }) => id);
    assert.deepEqual(ids([order("a"), several, order("c", { target: "node" })]), ["a"]);
    assert.deepEqual(ids([several, order("c")]), ["b"]);
    assert.deepEqual(ids([{ ...several, state: "running" }, order("c")]), []);
  });

  it("never more than the limits allow", () => {
    const orders = fc.array(
      fc.record({
        target: fc.constantFrom("a", "b", "c"),
        group: fc.constantFrom(null, "g", "h"),
        state: fc.constantFrom("queued" as const, "running" as const),
      }),
    );
    fc.assert(
      fc.property(orders, fc.integer({ min: 1, max: 5 }), (list, atOnce) => {
        const all = list.map((changes, i) => order(String(i), changes));
        const running = all.filter(({ state }) => state === "running");
        const chosen = startable(all, { atOnce, perTarget: 1 });
        assert.ok(chosen.length === 0 || running.length + chosen.length <= atOnce);
        for (const one of chosen)
          assert.equal([...running, ...chosen].filter(({ target }) => target === one.target).length, 1);
      }),
    );
  });
});
