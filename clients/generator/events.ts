/**
 * Holds events for two seconds before sending them: a target's death becomes known shortly after its connections end,
 * and their cause is then corrected. Bounded: events that do not fit are counted, never dropped silently.
 */
import type { Cause, CauseCode } from "../measure/cause.ts";
import type { Tally } from "../measure/tally.ts";
import type { ConnectionEvent } from "./plan.ts";

const waitNs = 2e9;
const mostWaiting = 50_000;
/** Most events a shard sends in a run. */
const mostSent = 200_000;

/** A connection's end whose cause was changed once the target's death was known. */
export interface Renamed {
  cause: Cause;
  code: CauseCode | undefined;
  connection: number;
}

export class EventQueue {
  #waiting: ConnectionEvent[] = [];
  #sent = 0;
  readonly #tally: Tally;

  constructor(tally: Tally) {
    this.#tally = tally;
  }

  push(event: ConnectionEvent): void {
    if (this.#waiting.length >= mostWaiting || this.#sent + this.#waiting.length >= mostSent)
      this.#tally.counts.eventsLeftOut++;
    else this.#waiting.push(event);
  }

  /** Changes the cause of one endpoint's recent ends; returns the original of each. */
  rename(endpoint: number, from: readonly Cause[], cause: Cause): Renamed[] {
    const renamed: Renamed[] = [];
    for (const event of this.#waiting) {
      if (
        event.what !== "closed" ||
        event.endpoint !== endpoint ||
        event.cause === undefined ||
        !from.includes(event.cause)
      )
        continue;
      renamed.push({ cause: event.cause, code: event.code, connection: event.connection });
      event.cause = cause;
    }
    return renamed;
  }

  /** Removes events that have waited long enough; all of them at the end. */
  take(nowNs: number, all: boolean): ConnectionEvent[] {
    const ready = all ? this.#waiting.length : this.#waiting.findIndex((event) => nowNs - event.atNs < waitNs);
    const taken = this.#waiting.splice(0, ready < 0 ? this.#waiting.length : ready);
    this.#sent += taken.length;
    return taken;
  }
}
