/**
 * Watches the connections of one trial, second by second: ends it once it has failed whatever comes, and says at which
 * number the open ones stood still while others were turned away.
 */
import type { StoppedEarly } from "../../report/model/schema/connection-blocks.ts";
import type { SecondSoFar } from "../coordinate/early-stop.ts";

/** A trial that has failed is watched so long for a number that stands still, seconds. */
const watchedSeconds = 5;

export class HeldCount {
  readonly #lossRatios: readonly number[];
  #failedSeconds = 0;
  #before: SecondSoFar["connections"] | null = null;
  #count: number | null = null;

  /** `lossRatios`: of every goal. A trial is over when it has failed them all. */
  constructor(lossRatios: readonly number[]) {
    this.#lossRatios = lossRatios;
  }

  /** Null: the trial did not fail so, or the number moved. */
  get count(): number | null {
    return this.#count;
  }

  /** The rule that ends the trial: refused and closed connections only become more. */
  stopWhen = ({ atMs, connections }: SecondSoFar): StoppedEarly | null => {
    const { planned, attempted, open, refused, closedUnexpectedly } = connections;
    const worst = Math.max(refused, closedUnexpectedly) / planned;
    if (!this.#lossRatios.every((ratio) => worst > ratio)) return null;
    this.#failedSeconds++;
    const before = this.#before;
    this.#before = connections;
    const isOver = attempted === planned;
    const turnedAway = before !== null && refused + closedUnexpectedly > before.refused + before.closedUnexpectedly;
    if (before !== null && open > 0 && open === before.open && (isOver || turnedAway)) this.#count = open;
    else if (this.#failedSeconds < watchedSeconds) return null;
    const limit = refused >= closedUnexpectedly ? "refusedRatio" : "unexpectedCloseRatio";
    const what = `${refused} of ${attempted} connections were refused and ${closedUnexpectedly} closed`;
    return {
      limit,
      atMs,
      text: `the trial has failed: ${what}${this.#count === null ? "" : `, ${this.#count} are held`}`,
    };
  };
}
