import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { PublishSchedule, publishedId, readPublishedId } from "../../plan/publish-schedule.ts";
import { graceNs } from "../../plan/ticks.ts";
import { FanOutLedger } from "./fan-out-ledger.ts";
import { Rooms } from "./rooms.ts";

const everyMs = 1000;
const withinMs = 300;
const endMs = 8000;
/** Counters used only by protocols with acknowledgements and sessions. */
const noAnswers = { acknowledged: 0, refused: 0, redelivered: 0, queued: 0 };

/**
 * One receiver of the model: when it opened and closed, and which side closed it. Times in milliseconds; the hold
 * begins at 0.
 */
const receiver = fc.record({
  room: fc.integer({ min: -1, max: 2 }),
  openedMs: fc.integer({ min: -500, max: 6000 }),
  livesMs: fc.integer({ min: 1, max: 12_000 }),
  isOurs: fc.boolean(),
  publisher: fc.integer({ min: -1, max: 5 }),
});
const fate = fc.constantFrom("comes", "comes", "comes", "lost", "twice", "late");

describe("the ledger of published messages", () => {
  it("matches a model made of sets, with receivers joining and leaving, and messages lost or duplicated", () => {
    fc.assert(
      fc.property(
        fc.array(receiver, { minLength: 1, maxLength: 8 }),
        fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 6 }),
        fc.array(fate, { minLength: 40, maxLength: 40 }),
        fc.boolean(),
        (receivers, publisherRooms, fates, toSender) => {
          const publishers = publisherRooms.length;
          // A slot publishes once at most.
          const taken = new Set<number>();
          const own = receivers.map(({ publisher }) =>
            publisher >= 0 && publisher < publishers && !taken.has(publisher) && taken.add(publisher) ? publisher : -1,
          );
          const publisherSlots = own.flatMap((publisher, slot) => (publisher >= 0 ? [slot] : []));
          const rooms = new Rooms(
            { publishers: publisherRooms, slots: receivers.map(({ room }) => room) },
            publisherSlots,
            publisherSlots.map((slot) => own[slot]!),
          );
          const schedule = new PublishSchedule(publishers, everyMs);
          const counts = {
            sent: 0,
            unsent: 0,
            due: 0,
            received: 0,
            late: 0,
            duplicated: 0,
            outOfOrder: 0,
            misdelivered: 0,
            ...noAnswers,
          };
          const ledger = new FanOutLedger(counts, schedule, rooms, {
            withinNs: withinMs * 1e6,
            toSender,
            isKept: false,
          });
          const steps: { atMs: number; order: number; act: () => void }[] = [
            {
              atMs: 0,
              order: -1,
              act: () => {
                schedule.begin(0, endMs * 1e6);
                ledger.begin(0);
              },
            },
          ];
          const model = { due: 0, received: 0, duplicated: 0 };
          let drawn = 0;
          for (const [slot, { room, openedMs, livesMs, isOurs }] of receivers.entries()) {
            const closedMs = openedMs + livesMs;
            const joinMs = openedMs <= 0 ? -1 : openedMs + graceNs(everyMs * 1e6) / 1e6;
            steps.push(
              { atMs: openedMs, order: -2, act: () => ledger.open(slot, openedMs * 1e6) },
              { atMs: closedMs, order: 2, act: () => ledger.close(slot, closedMs * 1e6, isOurs) },
            );
            if (closedMs < 0) continue;
            const sureUntilMs = Math.max(joinMs, isOurs ? closedMs - withinMs : closedMs);
            for (let publisher = 0; publisher < publishers; publisher++) {
              if (publisherRooms[publisher] !== room || (own[slot] === publisher && !toSender)) continue;
              for (let sequence = 0; sequence * everyMs + (publisher / publishers) * everyMs < endMs; sequence++) {
                const dueMs = sequence * everyMs + (publisher / publishers) * everyMs;
                const what = fates[drawn++ % fates.length]!;
                const cameMs = dueMs + (what === "late" ? withinMs + 100 : 5);
                const comes = what !== "lost" && dueMs >= openedMs && cameMs <= closedMs;
                const isSure = dueMs > joinMs && dueMs <= sureUntilMs;
                if (comes) {
                  model.received++;
                  steps.push({ atMs: cameMs, order: 1, act: () => void ledger.record(slot, publisher, sequence) });
                  if (what === "twice") {
                    model.duplicated++;
                    steps.push({ atMs: cameMs, order: 1.5, act: () => void ledger.record(slot, publisher, sequence) });
                  }
                }
                if (isSure || comes) model.due++;
              }
            }
          }
          for (const { act } of steps.sort((a, b) => a.atMs - b.atMs || a.order - b.order)) act();
          ledger.settle(60_000e6);
          assert.deepEqual({ due: counts.due, received: counts.received, duplicated: counts.duplicated }, model);
        },
      ),
      { numRuns: 400 },
    );
  });

  it("removes the publishers of a dead shard from what is due, with later messages of theirs", () => {
    const rooms = new Rooms({ publishers: [0, 0], slots: [0, 0, 0] }, [], []);
    const schedule = new PublishSchedule(2, everyMs);
    const counts = {
      sent: 0,
      unsent: 0,
      due: 0,
      received: 0,
      late: 0,
      duplicated: 0,
      outOfOrder: 0,
      misdelivered: 0,
      ...noAnswers,
    };
    const ledger = new FanOutLedger(counts, schedule, rooms, {
      withinNs: withinMs * 1e6,
      toSender: false,
      isKept: false,
    });
    for (const slot of [0, 1, 2]) ledger.open(slot, -1e9);
    schedule.begin(0, endMs * 1e6);
    ledger.begin(0);
    // Publisher 1 is due at 500, 1500, ...; its shard was last heard from at 3.2 s and had sent one more message.
    for (const slot of [0, 1, 2]) {
      for (let sequence = 0; sequence < 8; sequence++) ledger.record(slot, 0, sequence);
      for (let sequence = 0; sequence < 4; sequence++) ledger.record(slot, 1, sequence);
    }
    ledger.withdraw((publisher) => publisher === 1, 3200e6);
    ledger.settle(60_000e6);
    assert.deepEqual([counts.due, counts.received], [3 * (8 + 3), 3 * (8 + 3)]);
  });

  it("a kept receiver is due everything published meanwhile if it returns, otherwise only what came before", () => {
    const rooms = new Rooms({ publishers: [0], slots: [0, 0, 0] }, [], []);
    const schedule = new PublishSchedule(1, everyMs);
    const counts = {
      sent: 0,
      unsent: 0,
      due: 0,
      received: 0,
      late: 0,
      duplicated: 0,
      outOfOrder: 0,
      misdelivered: 0,
      ...noAnswers,
    };
    const ledger = new FanOutLedger(counts, schedule, rooms, {
      withinNs: withinMs * 1e6,
      toSender: false,
      isKept: true,
    });
    for (const slot of [0, 1, 2]) ledger.open(slot, -1e9);
    schedule.begin(0, endMs * 1e6);
    ledger.begin(0);
    // Due at 0, 1000, ...: all receive two; slot 0 stays, 1 is away from 1.2 s to 4.7 s, 2 does not return.
    for (const slot of [0, 1, 2])
      for (const sequence of [0, 1]) assert.equal(ledger.record(slot, 0, sequence), "first");
    ledger.close(1, 1200e6, false);
    ledger.close(2, 1200e6, true);
    for (const sequence of [2, 3, 4]) ledger.record(0, 0, sequence);
    ledger.settle(4600e6);
    assert.deepEqual([counts.due, counts.received], [5 + 2 + 2, 5 + 2 + 2]);
    ledger.open(1, 4700e6);
    // The second to last earlier message is repeated, flagged as a duplicate; then the queued ones, of which one is
    // missing.
    assert.equal(ledger.record(1, 0, 1, true), "none");
    for (const sequence of [2, 4]) assert.equal(ledger.record(1, 0, sequence), "queued");
    assert.equal(ledger.record(1, 0, 4), "none");
    for (const slot of [0, 1])
      for (const sequence of [5, 6, 7]) assert.equal(ledger.record(slot, 0, sequence), "first");
    ledger.settle(60_000e6);
    const { due, received, queued, redelivered, duplicated } = counts;
    assert.deepEqual(
      { due, received, queued, redelivered, duplicated },
      { due: 8 + 8 + 2, received: 8 + 7 + 2, queued: 2, redelivered: 1, duplicated: 1 },
    );
  });

  it("message ids are unique and evenly spaced, and decode to what was encoded", () => {
    const whole = fc.record({
      publish: fc.integer({ min: 0, max: 2 }),
      publisher: fc.integer({ min: 0, max: 9999 }),
      sequence: fc.integer({ min: 0, max: 33_000 }),
      lagUs: fc.integer({ min: 0, max: 4_194_303 }),
    });
    fc.assert(
      fc.property(whole, (published) => {
        const id = publishedId(published, 3, 10_000);
        assert.ok(Number.isSafeInteger(id) && id % 2 === 0);
        assert.deepEqual(readPublishedId(id, published.publish, 3, 10_000), { ...published });
        assert.equal(readPublishedId(id, (published.publish + 1) % 3, 3, 10_000), null);
        assert.equal(readPublishedId(id + 1, published.publish, 3, 10_000), null);
      }),
    );
  });
});
