/** Records connections that returned by reconnect policy, and how close the load stayed to the plan. */
import type { Tally } from "../../measure/tally.ts";
import type { Interval } from "../../report/model/interval.ts";
import { levelOf } from "../../report/model/level.ts";
import { quantilesOf } from "../../report/model/quantiles.ts";
import type { ReconnectReport } from "../../report/model/schema/connection-blocks.ts";
import type { Limit } from "../../scenario/limit.ts";

/** Additional default limit where clients reconnect: none may have given up. */
export const reconnectLimits: readonly Limit[] = [{ figure: "gaveUpRatio", atMost: 1e-5 }];

export class ReconnectRecord {
  readonly #resumesEvents: boolean;
  #seconds = 0;
  #shareSum = 0;
  #least = Number.POSITIVE_INFINITY;

  constructor(resumesEvents: boolean) {
    this.#resumesEvents = resumesEvents;
  }

  /** Records a second; during the hold, the share of planned connections that were open. */
  second({ phase, connections }: Pick<Interval, "phase" | "connections">): void {
    if ((phase !== "hold" && phase !== "storm") || connections.planned === 0) return;
    const share = connections.open / levelOf(connections);
    this.#seconds++;
    this.#shareSum += share;
    this.#least = Math.min(this.#least, share);
  }

  get #openShare(): ReconnectReport["openShare"] {
    return this.#seconds === 0 ? null : { mean: this.#shareSum / this.#seconds, least: this.#least };
  }

  report(tally: Tally): ReconnectReport {
    const { counts, histograms } = tally;
    const {
      absences,
      absencesEnded: back,
      absencesGivenUp: gaveUp,
      absencesStopped: stopped,
      missedWhileAbsent,
    } = counts;
    return {
      absences,
      back,
      gaveUp,
      stillAway: absences - back - gaveUp - stopped,
      awayMs: quantilesOf(histograms.away),
      refusedByCause: tally.partsOf("again"),
      pushesMissed: missedWhileAbsent,
      openShare: this.#openShare,
      ...(this.#resumesEvents ? { eventSource: eventSourceReport(counts) } : {}),
    };
  }

  /** Figures for limits. Null: nothing was planned, or the hold had no full second. */
  figures({ counts }: Tally): Record<string, number | null> {
    const share = this.#openShare;
    return {
      gaveUpRatio: counts.planned === 0 ? null : counts.absencesGivenUp / counts.planned,
      eventsLostRatio:
        counts.eventsNumbered === 0 ? null : counts.eventsLost / (counts.eventsNumbered + counts.eventsLost),
      "openShare.mean": share?.mean ?? null,
      "openShare.least": share?.least ?? null,
    };
  }
}

function eventSourceReport(counts: Tally["counts"]): NonNullable<ReconnectReport["eventSource"]> {
  const { returnsWithId, returnsResumed, returnsSkipped, returnsRepeated, returnsUnnumbered } = counts;
  return {
    stopped: counts.absencesStopped,
    withId: returnsWithId,
    resumed: returnsResumed,
    skipped: returnsSkipped,
    repeated: returnsRepeated,
    unnumbered: returnsUnnumbered,
    waiting: returnsWithId - returnsResumed - returnsSkipped - returnsRepeated - returnsUnnumbered,
    events: {
      received: counts.eventsNumbered,
      lost: counts.eventsLost,
      lostAway: counts.eventsLostAway,
      repeated: counts.eventsRepeated,
    },
    idsTooLong: counts.eventIdsTooLong,
  };
}
