/**
 * A shard's part of a staged load: which of its slots should be open, what it opens and closes as that changes, and
 * what it counted in each stage.
 */
import { causeList } from "../measure/cause.ts";
import type { Histogram } from "../measure/histogram/histogram.ts";
import { noPart, type PartCounter, type PartCounts, partCounters } from "../measure/part-tally.ts";
import type { Tally } from "../measure/tally.ts";
import { shareOf } from "../plan/shard.ts";
import { StageCourse } from "../plan/stages.ts";
import type { ShardPlan } from "./plan.ts";

/** The counters of a stage, computed from the run's totals. */
const countedBy: Record<PartCounter, (counts: Tally["counts"]) => number> = {
  opened: ({ opened, reconnectsOpened }) => opened + reconnectsOpened,
  refused: ({ refused, reconnectsRefused }) => refused + reconnectsRefused,
  closedByPlan: ({ closedByPlan }) => closedByPlan,
  closedUnexpectedly: ({ closedUnexpectedly }) => closedUnexpectedly,
  received: ({ received }) => received,
  late: ({ late }) => late,
  lost: ({ lost }) => lost,
  open: ({ open, closing }) => open + closing,
};

export class Stages {
  readonly #plan: ShardPlan;
  readonly #tally: Tally;
  readonly #course: StageCourse | null;
  #startNs = Number.POSITIVE_INFINITY;
  #isOver = false;
  /** Totals counted before the current stage. */
  #before = noPart();

  constructor(plan: ShardPlan, tally: Tally) {
    this.#plan = plan;
    this.#tally = tally;
    this.#course = plan.stages === undefined ? null : new StageCourse(plan.stages);
    if (this.#course !== null) tally.stages = [noPart()];
  }

  /** Slots of this shard that the ramp opens. */
  get rampSlots(): number {
    const { stages, engine, shard, shards } = this.#plan;
    return stages === undefined ? engine.slots : shareOf(stages[0]!.connections, shard, shards);
  }

  /** The first stage's hold begins. */
  hold(startNs: number): void {
    this.#startNs = startNs;
  }

  /** Number of slots that should be open; all of them without stages. */
  slotsAt(atNs: number): number {
    const { engine, shard, shards } = this.#plan;
    if (this.#course === null) return engine.slots;
    return shareOf(this.#course.levelAt((atNs - this.#startNs) / 1e6), shard, shards);
  }

  /** Whether the plan opens or closes slots now, or the next stage is near. */
  isMoving(atNs: number): boolean {
    return this.#course?.isMoving((atNs - this.#startNs) / 1e6) === true;
  }

  /** Whether there is more than one level. */
  get isStaged(): boolean {
    return this.#course !== null;
  }

  /** Ends the current stage once its time is over. The tally must be settled by then. */
  turn(atNs: number, settle: () => void): void {
    if (this.#course === null || this.#tally.stages === null || this.#isOver) return;
    const stage = this.#course.stageAt((atNs - this.#startNs) / 1e6);
    while (this.#tally.stages.length <= stage) {
      settle();
      this.count();
      this.#before = this.#soFar();
      this.#tally.stages.push(noPart());
    }
  }

  /** The wait for the last pushes is over: later closes by the generator belong to no stage. */
  end(settle: () => void): void {
    if (this.#course === null || this.#isOver) return;
    settle();
    this.count();
    this.#isOver = true;
  }

  /** Updates the counts of the current stage. */
  count(): void {
    const { stages } = this.#tally;
    if (stages === null || this.#isOver) return;
    const stage = difference(this.#soFar(), this.#before);
    const earlier = stages.at(-2);
    if (earlier !== undefined) putRight(stage, earlier, this.#before);
    stages[stages.length - 1] = stage;
  }

  #soFar(): PartCounts {
    const { counts, causes } = this.#tally;
    const push: Histogram = this.#tally.histogram("push").copy();
    const entries = partCounters.map((name) => [name, countedBy[name](counts)]);
    return { counts: Object.fromEntries(entries) as PartCounts["counts"], causes: { ...causes }, push };
  }
}

/** Counts between two snapshots; `open` is that of the second. */
function difference(now: PartCounts, before: PartCounts): PartCounts {
  const stage = noPart();
  for (const name of partCounters) stage.counts[name] = now.counts[name] - (name === "open" ? 0 : before.counts[name]);
  for (const cause of causeList) {
    const count = (now.causes[cause] ?? 0) - (before.causes[cause] ?? 0);
    if (count !== 0) stage.causes[cause] = count;
  }
  return { ...stage, push: now.push.since(before.push) };
}

/**
 * Corrects counts of an earlier stage that turned out differently: a push counted as lost that arrived late, or an end
 * that was due to the target's death.
 */
function putRight(stage: PartCounts, earlier: PartCounts, before: PartCounts): void {
  const move = (
    of: Record<string, number>,
    to: Record<string, number>,
    known: Record<string, number>,
    name: string,
  ) => {
    const count = of[name] ?? 0;
    of[name] = 0;
    to[name] = (to[name] ?? 0) + count;
    known[name] = (known[name] ?? 0) + count;
    return count;
  };
  if (stage.counts.lost < 0) move(stage.counts, earlier.counts, before.counts, "lost");
  for (const cause of causeList) {
    if (!((stage.causes[cause] ?? 0) < 0)) continue;
    const renamed = -move(stage.causes, earlier.causes, before.causes, cause);
    for (const { causes } of [earlier, before]) causes["target-died"] = (causes["target-died"] ?? 0) + renamed;
    stage.causes["target-died"] = (stage.causes["target-died"] ?? 0) - renamed;
  }
}
