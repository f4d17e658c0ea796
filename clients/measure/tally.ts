/**
 * What a shard has counted since its start: the one total that crosses processes. Tallies are cumulative, so a lost or
 * repeated delivery changes nothing, and merging them is addition with {@link Tally} itself as the zero.
 */
import { type Cause, type CauseCode, causeList } from "./cause.ts";
import { ConversationTally } from "./conversation-tally.ts";
import { Histogram } from "./histogram/histogram.ts";
import { type Latency, latencyList } from "./latency.ts";
import { addParts, type PartCounts } from "./part-tally.ts";
import { RequestTally } from "./request-tally.ts";

/**
 * The counts of a tally. All but the four states `open` to `backoff` only grow; `lost` and `slowLost` are settled
 * values and may move back.
 */
export const counterNames = [
  "planned",
  "attempted",
  "opened",
  "refused",
  "closedByPlan",
  "closedUnexpectedly",
  "reconnectsAttempted",
  "reconnectsOpened",
  "reconnectsRefused",
  "dialledLate",
  "dialsHeldUp",
  "connecting",
  "open",
  "closing",
  "backoff",
  "messages",
  "bytes",
  "received",
  "late",
  "lost",
  "duplicated",
  "outOfOrder",
  "corrupted",
  "unstampedPushes",
  "foreignPushes",
  "beforeDue",
  "stampedPushes",
  "numbered",
  "renumbered",
  "gaps",
  "evenGaps",
  "slowReceived",
  "slowLate",
  "slowLost",
  "slowClosed",
  "stormDropped",
  "stormClosed",
  "stormBack",
  "missedWhileAway",
  "absences",
  "absencesEnded",
  "absencesGivenUp",
  "absencesStopped",
  "returnsWithId",
  "returnsResumed",
  "returnsSkipped",
  "returnsRepeated",
  "returnsUnnumbered",
  "eventsNumbered",
  "eventsLost",
  "eventsLostAway",
  "eventsRepeated",
  "eventIdsTooLong",
  "missedWhileAbsent",
  "reads",
  "unstampedReads",
  "sharedStamps",
  "pingsSent",
  "pingsAnswered",
  "clockJumps",
  "missedStarts",
  "eventsLeftOut",
  "requestsSent",
  "requestsOk",
  "requestsFailed",
  "streamEvents",
  "streamEventBytes",
  "streamEventsTogether",
  "streamTokens",
  "streamTokensInHold",
  "streamTokensComplete",
  "streamsTokenless",
  "mqttSessionsPresent",
  "mqttGrantedBelow",
  "mqttRetained",
  "mqttBeforeGranted",
  "mqttRedelivered",
  "keepAlivesSent",
  "publishesDue",
  "publishesSent",
  "publishesUnsent",
  "publishesLowered",
  "publishesUnconfirmed",
  "publishesAcknowledged",
  "publishesRefused",
] as const;
export type Counter = (typeof counterNames)[number];

/** The parts of a run by whether its latencies hold samples of them: the ramp's pushes, and those of hold and drain. */
export const awayPhases = ["ramp", "held"] as const;
export type AwayPhase = (typeof awayPhases)[number];

/** Different reasons that are counted by their words. */
const mostReasons = 50;
/** The part in which all others are counted. */
export const otherReasons = "reason:0:(other words)";

export class Tally {
  #reasons = 0;
  readonly counts: Record<Counter, number> = Object.fromEntries(counterNames.map((name) => [name, 0])) as Record<
    Counter,
    number
  >;
  readonly causes: Partial<Record<Cause, number>> = {};
  /** CAUSE:CODE -> count, for causes that carry a code. */
  readonly codes: Record<string, number> = {};
  /**
   * PART:CAUSE[:CODE] -> count, of those also counted above: `slow` readers, `again` (reconnects); reason:CODE:WORDS of
   * close frames; stream-status:STATUS and retry-after:VALUE of streams with a wrong status.
   */
  readonly parts: Record<string, number> = {};
  /** WHAT:VALUE -> count of handshakes that agreed on it: "tls-version:TLSv1.3". */
  readonly agreed: Record<string, number> = {};
  readonly histograms: Partial<Record<Latency, Histogram>> = {};
  /**
   * Longest time that a shard was away from its sockets while what came was measured, milliseconds. Merges as the
   * larger of two.
   */
  readonly awayMs: Record<AwayPhase, number> = { ramp: 0, held: 0 };
  /**
   * The first message that lacked the stamp the scenario names, shortened and printable; empty for none. Merges as the
   * first of two.
   */
  unreadable = "";
  /** The same of the number that `push.sequence` names. */
  unnumbered = "";
  /** Null in a run that sends no requests. */
  requests: RequestTally | null = null;
  /** Those that have begun; null in a run without stages. */
  stages: PartCounts[] | null = null;
  /** Pushes by the address they came from, in the order of the endpoints; null where there is one address. */
  addresses: PartCounts[] | null = null;
  /** Null in a run whose connections only listen, all alike. */
  conversation: ConversationTally | null = null;

  countCause(cause: Cause, code: CauseCode): void {
    this.causes[cause] = (this.causes[cause] ?? 0) + 1;
    if (code !== 0 && code !== "") this.codes[`${cause}:${code}`] = (this.codes[`${cause}:${code}`] ?? 0) + 1;
  }

  /** Counts a cause once more for a part of the connections. Called beside {@link countCause}. */
  countPart(part: "slow" | "again", cause: Cause, code: CauseCode): void {
    const name = code === 0 || code === "" ? `${part}:${cause}` : `${part}:${cause}:${code}`;
    this.parts[name] = (this.parts[name] ?? 0) + 1;
  }

  /** Counts a value of an answer that was not right. */
  countValue(part: "stream-status" | "retry-after", value: string | number): void {
    const name = `${part}:${value}`;
    this.parts[name] = (this.parts[name] ?? 0) + 1;
  }

  /** What was counted for a part, each by what stands behind the part's name. */
  partsOf(part: "slow" | "again" | "reason" | "stream-status" | "retry-after"): Record<string, number> {
    const prefix = `${part}:`;
    const own = Object.entries(this.parts).filter(([name]) => name.startsWith(prefix));
    return Object.fromEntries(own.map(([name, count]) => [name.slice(prefix.length), count]));
  }

  /** Counts a peer's own words for a close. Many of them, as those that name each connection, are counted together. */
  countReason(code: CauseCode, reason: string): void {
    if (reason === "") return;
    const name = `reason:${code}:${reason}`;
    const known = this.parts[name] ?? 0;
    const isNew = known === 0;
    if (isNew && this.#reasons >= mostReasons) {
      this.parts[otherReasons] = (this.parts[otherReasons] ?? 0) + 1;
      return;
    }
    if (isNew) this.#reasons++;
    this.parts[name] = known + 1;
  }

  /** Counts what a handshake agreed on with the target. */
  countAgreed(what: string, value: string): void {
    const name = `${what}:${value}`;
    this.agreed[name] = (this.agreed[name] ?? 0) + 1;
  }

  /** The histogram of one latency, made at its first use. */
  histogram(name: Latency): Histogram {
    this.histograms[name] ??= new Histogram();
    return this.histograms[name];
  }

  /** Adds all of another tally to this one. */
  add(other: Tally): void {
    for (const name of counterNames) this.counts[name] += other.counts[name];
    for (const cause of causeList)
      if (other.causes[cause]) this.causes[cause] = (this.causes[cause] ?? 0) + other.causes[cause];
    for (const [code, n] of Object.entries(other.codes)) this.codes[code] = (this.codes[code] ?? 0) + n;
    for (const [part, n] of Object.entries(other.parts)) this.parts[part] = (this.parts[part] ?? 0) + n;
    for (const [name, n] of Object.entries(other.agreed)) this.agreed[name] = (this.agreed[name] ?? 0) + n;
    for (const name of latencyList) {
      const theirs = other.histograms[name];
      if (theirs !== undefined) this.histogram(name).add(theirs);
    }
    for (const phase of awayPhases) this.awayMs[phase] = Math.max(this.awayMs[phase], other.awayMs[phase]);
    if (this.unreadable === "") this.unreadable = other.unreadable;
    if (this.unnumbered === "") this.unnumbered = other.unnumbered;
    if (other.conversation !== null) {
      this.conversation ??= new ConversationTally(0, 0, 0);
      this.conversation.add(other.conversation);
    }
    for (const name of ["stages", "addresses"] as const) {
      const theirs = other[name];
      if (theirs === null) continue;
      this[name] ??= [];
      addParts(this[name], theirs);
    }
    if (other.requests === null) return;
    this.requests ??= new RequestTally(0);
    this.requests.add(other.requests);
  }
}

/** The sum of tallies. */
export function mergeTallies(tallies: Iterable<Tally>): Tally {
  const sum = new Tally();
  for (const tally of tallies) sum.add(tally);
  return sum;
}
