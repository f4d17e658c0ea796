/** Drives shards in tests with their own clock and engine, and checks their accounts on the way. */
import assert from "node:assert/strict";
import { buryTally } from "../../measure/bury-tally.ts";
import { seededRandom } from "../../measure/statistics/seeded-random.ts";
import type { Tally } from "../../measure/tally.ts";
import { fromWire, toWire } from "../../measure/tally-wire.ts";
import { Accounts } from "../counts/connections.ts";
import type { ShardPlan } from "../plan.ts";
import { Shard } from "../shard.ts";
import { FakeEngine, type FakeTarget } from "./fake-engine.ts";

/** Interval between the fake target's pushes, milliseconds. */
export const intervalMs = 500;

/** A plan of one shard. */
export function planOf(slots: number, over: Partial<ShardPlan>): ShardPlan {
  const engine = { slots, slowSlots: 0, endpoints: [{}] } as unknown as ShardPlan["engine"];
  const push = { intervalMs, stamp: "holdfast", startsAtZero: true };
  const rest = {
    run: "r",
    shard: 0,
    shards: 1,
    connections: slots,
    rampPerSecond: 100,
    engineName: "kernel" as const,
    pingEveryMs: null,
    silentAfter: 3,
  };
  return {
    ...rest,
    engine,
    push,
    churnPerMinute: 0,
    slowBytesPerSecond: 0,
    storm: null,
    closePerSecond: 500,
    seed: 1,
    targetClockOffsetNs: 0,
    ...over,
  };
}

/** Open connections at a stage's end follow from those at its start, and no stage counts what another did. */
function assertStagesAddUp({ stages, counts: c }: Tally): void {
  if (stages === null) return;
  let openBefore = 0;
  for (const { counts, causes, push } of stages) {
    const ended = counts.closedByPlan + counts.closedUnexpectedly;
    assert.equal(openBefore + counts.opened, ended + counts.open);
    assert.equal(
      Object.values(causes).reduce((total, count) => total + (count ?? 0), 0),
      ended + counts.refused,
    );
    assert.equal(push.count, counts.received);
    for (const [name, count] of Object.entries(counts)) assert(count >= 0, `${name} of a stage is ${count}`);
    openBefore = counts.open;
  }
  const sum = (name: "opened" | "refused" | "received" | "lost"): number =>
    stages.reduce((total, { counts }) => total + counts[name], 0);
  assert.equal(sum("opened"), c.opened + c.reconnectsOpened);
  assert(sum("refused") <= c.refused + c.reconnectsRefused);
  assert.deepEqual([sum("received"), sum("lost")], [c.received, c.lost]);
}

/** The equations that hold in every tally. */
export function assertAddsUp({ counts: c, causes }: Tally): void {
  const sum = Object.values(causes).reduce((total, count) => total + (count ?? 0), 0);
  assert.equal(
    c.attempted - c.opened - c.refused + c.reconnectsAttempted - c.reconnectsOpened - c.reconnectsRefused,
    c.connecting,
  );
  assert.equal(c.opened + c.reconnectsOpened, c.open + c.closing + c.closedByPlan + c.closedUnexpectedly);
  assert.equal(sum, c.refused + c.reconnectsRefused + c.closedByPlan + c.closedUnexpectedly);
  for (const [name, count] of Object.entries(c)) assert(count >= 0, `${name} is ${count}`);
  assert(c.stormBack <= c.stormDropped && c.stormDropped <= c.planned);
  assert(
    c.absencesEnded + c.absencesGivenUp <= c.absences &&
      c.absences <= c.refused + c.reconnectsRefused + c.closedUnexpectedly,
  );
}

interface Told {
  plan: ShardPlan;
  target: FakeTarget;
  holdMs: number;
  /** When the run is stopped, milliseconds; infinite: never. */
  stopMs: number;
}

/** Runs a shard to its end, checking its accounts at every step. Returns the last tally and the engine. */
export function drive({ plan, target, holdMs, stopMs }: Told): { tally: Tally; engine: FakeEngine; buried: Tally } {
  const accounts = new Accounts(plan);
  const engine = new FakeEngine(plan.engine.slots, accounts, target, intervalMs, seededRandom(7));
  const shard = new Shard(plan, () => engine.nowNs, accounts, engine);
  shard.start(50e6);
  let buried: Tally | null = null;
  for (let step = 0; shard.phase !== "done"; step++) {
    assert(step < 20_000, `still ${shard.phase} after ${step} steps`);
    engine.pass(5e6);
    shard.step();
    if (shard.isRamped) shard.hold(engine.nowNs, engine.nowNs + holdMs * 1e6);
    if (engine.nowNs >= stopMs * 1e6) shard.stop();
    const tally = shard.snapshot();
    assertAddsUp(tally);
    if (step % 20 === 0) assertStagesAddUp(tally);
    if (step === 200) {
      buried = fromWire(toWire(tally));
      buryTally(buried);
      assertAddsUp(buried);
      assertStagesAddUp(buried);
    }
  }
  const tally = shard.snapshot();
  assertStagesAddUp(tally);
  return { tally, engine, buried: buried ?? tally };
}

/** A target without faults. */
export const none: FakeTarget = { refuses: 0, loses: 0, resetsPerTick: 0, answersCloseAfterMs: 0 };
