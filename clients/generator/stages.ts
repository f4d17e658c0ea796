/**
 * A shard's part of a load in stages: which of its slots are to be open, what it opens and closes as that changes, and
 * what it has counted in each stage.
 */
import { causeList } from "../measure/cause.ts";
import type { Histogram } from "../measure/histogram/histogram.ts";
import { noPart, type PartCounter, type PartCounts, partCounters } from "../measure/part-tally.ts";
import type { Tally } from "../measure/tally.ts";
import { shareOf } from "../plan/shard.ts";
import { StageCourse } from "../plan/stages.ts";
import type { ShardPlan } from "./plan.ts";

/** What all stages so far have counted. */
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
  /** What was counted before the stage that is on. */
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

  /** Slots that are to be open; all of them where there are no stages. */
  slotsAt(atNs: number): number {
    const { engine, shard, shards } = this.#plan;
    if (this.#course === null) return engine.slots;
    return shareOf(this.#course.levelAt((atNs - this.#startNs) / 1e6), shard, shards);
  }

  /** Whether slots open or close now by the plan, or the next stage is near. */
  isMoving(atNs: number): boolean {
    return this.#course?.isMoving((atNs - this.#startNs) / 1e6) === true;
  }

  /** Whether more is to come than one level. */
  get isStaged(): boolean {
    return this.#course !== null;
  }

  /** Ends the stage whose time is over. The tally has to be settled by then. */
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

  /** The last pushes were waited for: what we close from now on is of no stage. */
  end(settle: () => void): void {
    if (this.#course === null || this.#isOver) return;
    settle();
    this.count();
    this.#isOver = true;
  }

  /** Brings the stage that is on up to date. */
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

/** What came between two counts; what is open is so at the second. */
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
 * What turned out otherwise than it was counted in an earlier stage is put right there: a push thought lost that came
 * late, an end that was the target's death.
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
