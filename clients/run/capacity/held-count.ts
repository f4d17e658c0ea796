/**
 * Watches the connections of one trial second by second: ends the trial once it is certain to fail, and detects the
 * number at which open connections stopped growing while others were rejected.
 */
import type { StoppedEarly } from "../../report/model/schema/connection-blocks.ts";
import type { SecondSoFar } from "../coordinate/early-stop.ts";

/** How long a failed trial is watched for a stable number of connections, seconds. */
const watchedSeconds = 5;

export class HeldCount {
  readonly #lossRatios: readonly number[];
  #failedSeconds = 0;
  #before: SecondSoFar["connections"] | null = null;
  #count: number | null = null;

  /** `lossRatios`: of all goals. A trial ends once it has failed all of them. */
  constructor(lossRatios: readonly number[]) {
    this.#lossRatios = lossRatios;
  }

  /** Null: the trial did not fail this way, or the number was not stable. */
  get count(): number | null {
    return this.#count;
  }

  /** The rule that ends the trial: counts of refused and closed connections only increase. */
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
