/**
 * Everything a shard has counted since its start, in the one form that is sent between processes. Tallies are
 * cumulative, so a lost or repeated delivery does no harm, and merging is addition with a new {@link Tally} as zero.
 */
import { type Cause, type CauseCode, causeList } from "./cause.ts";
import { ConversationTally } from "./conversation-tally.ts";
import { Histogram } from "./histogram/histogram.ts";
import { type Latency, latencyList } from "./latency.ts";
import { addParts, type PartCounts } from "./part-tally.ts";
import { RequestTally } from "./request-tally.ts";

/**
 * The counters of a tally. All but the four states `open` to `backoff` only increase; `lost` and `slowLost` are settled
 * values and may decrease again.
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

/** Parts of a run distinguished for generator stalls: the ramp, and hold plus drain. */
export const awayPhases = ["ramp", "held"] as const;
export type AwayPhase = (typeof awayPhases)[number];

/** Most distinct close reasons that are counted separately. */
const mostReasons = 50;
/** Key under which all other reasons are counted. */
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
   * PART:CAUSE[:CODE] -> count of events that are also counted above: `slow` readers, `again` (reconnects);
   * reason:CODE:TEXT of close frames; stream-status:STATUS and retry-after:VALUE of streams with an unexpected status.
   */
  readonly parts: Record<string, number> = {};
  /** WHAT:VALUE -> number of handshakes that agreed on it: "tls-version:TLSv1.3". */
  readonly agreed: Record<string, number> = {};
  readonly histograms: Partial<Record<Latency, Histogram>> = {};
  /**
   * Longest time a shard did not serve its sockets while arrivals were measured, milliseconds. Merging takes the
   * maximum.
   */
  readonly awayMs: Record<AwayPhase, number> = { ramp: 0, held: 0 };
  /**
   * The first message without the stamp the scenario specifies, shortened and printable; empty for none. Merging keeps
   * the first.
   */
  unreadable = "";
  /** Likewise for the number that `push.sequence` specifies. */
  unnumbered = "";
  /** Null in a run without requests. */
  requests: RequestTally | null = null;
  /** The stages begun so far; null in a run without stages. */
  stages: PartCounts[] | null = null;
  /** Pushes by server address, in the order of the endpoints; null with a single address. */
  addresses: PartCounts[] | null = null;
  /** Null in a run whose connections only listen and are all alike. */
  conversation: ConversationTally | null = null;

  countCause(cause: Cause, code: CauseCode): void {
    this.causes[cause] = (this.causes[cause] ?? 0) + 1;
    if (code !== 0 && code !== "") this.codes[`${cause}:${code}`] = (this.codes[`${cause}:${code}`] ?? 0) + 1;
  }

  /** Counts a cause again for a part of the connections; called in addition to {@link countCause}. */
  countPart(part: "slow" | "again", cause: Cause, code: CauseCode): void {
    const name = code === 0 || code === "" ? `${part}:${cause}` : `${part}:${cause}:${code}`;
    this.parts[name] = (this.parts[name] ?? 0) + 1;
  }

  /** Counts a value found in an unexpected response. */
  countValue(part: "stream-status" | "retry-after", value: string | number): void {
    const name = `${part}:${value}`;
    this.parts[name] = (this.parts[name] ?? 0) + 1;
  }

  /** Counts of a part, keyed by what follows the part's name. */
  partsOf(part: "slow" | "again" | "reason" | "stream-status" | "retry-after"): Record<string, number> {
    const prefix = `${part}:`;
    const own = Object.entries(this.parts).filter(([name]) => name.startsWith(prefix));
    return Object.fromEntries(own.map(([name, count]) => [name.slice(prefix.length), count]));
  }

  /**
   * Counts the reason text of a peer's close. Beyond a limit of distinct texts (some name each connection) they are
   * counted together.
   */
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

  /** Counts something a handshake agreed on. */
  countAgreed(what: string, value: string): void {
    const name = `${what}:${value}`;
    this.agreed[name] = (this.agreed[name] ?? 0) + 1;
  }

  /** The histogram of a latency, created on first use. */
  histogram(name: Latency): Histogram {
    this.histograms[name] ??= new Histogram();
    return this.histograms[name];
  }

  /** Adds another tally to this one. */
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
