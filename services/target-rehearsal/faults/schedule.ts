/** When a fault acts. None given: always (or, for a fault that is an event, not allowed). */
export interface TimeRule {
  /** After the server's start. Not with `whenOpen`. */
  readonly atMs?: number;
  /** After the server first had this many connections open. */
  readonly whenOpen?: number;
  /** HTTP faults: after this many requests came, the last of them included. */
  readonly whenRequests?: number;
  /** Added to `whenOpen` or `whenRequests`. */
  readonly afterMs?: number;
  /**
   * Moved on to the next instant that is `phaseMs` past a whole multiple of this on CLOCK_MONOTONIC: between two ticks,
   * say.
   */
  readonly alignMs?: number;
  readonly phaseMs?: number;
  /** How long a standing fault lasts; for ever when not given. */
  readonly forMs?: number;
  /** Again each time this has passed (waves) ... */
  readonly repeatMs?: number;
  /** ... this many times in all; for ever when not given. */
  readonly times?: number;
  /** Push faults: the first tick struck, counted from the first tick at which `whenOpen` connections are open. */
  readonly fromTick?: number;
  /** Push faults: how many ticks. */
  readonly ticks?: number;
}

/**
 * The instant of a rule's first wave. `originNs` is the server's start, or the instant `whenOpen` or `whenRequests`
 * came true.
 */
export function firstWaveNs(rule: TimeRule, originNs: number): number {
  const atNs = originNs + (rule.atMs ?? rule.afterMs ?? 0) * 1e6;
  if (rule.alignMs === undefined) return atNs;
  const phaseNs = (rule.phaseMs ?? 0) * 1e6;
  return Math.ceil((atNs - phaseNs) / (rule.alignMs * 1e6)) * rule.alignMs * 1e6 + phaseNs;
}

/** How many waves a rule has. */
export function waveCount(rule: TimeRule): number {
  return rule.repeatMs === undefined ? 1 : (rule.times ?? Number.POSITIVE_INFINITY);
}

/** The wave that is on at an instant, from 0; -1 when none is. */
export function waveAt(
  rule: TimeRule,
  originNs: number,
  atNs: number,
  lastsMs = rule.forMs ?? Number.POSITIVE_INFINITY,
): number {
  const elapsedMs = (atNs - firstWaveNs(rule, originNs)) / 1e6;
  if (elapsedMs < 0) return -1;
  const wave = rule.repeatMs === undefined ? 0 : Math.floor(elapsedMs / rule.repeatMs);
  const intoWaveMs = elapsedMs - wave * (rule.repeatMs ?? 0);
  return wave < waveCount(rule) && intoWaveMs < lastsMs ? wave : -1;
}

/** Whether a tick, counted from the rule's first one, is in its window. */
export function isTickInWindow(rule: TimeRule, ordinal: number): boolean {
  const from = rule.fromTick ?? 0;
  return ordinal >= from && ordinal < from + (rule.ticks ?? Number.POSITIVE_INFINITY);
}

/**
 * The instants at which one stream of pushes is due, in a clock `offsetNs` ahead of CLOCK_MONOTONIC (0 unless a fault
 * says so).
 */
export interface TickTimes {
  readonly intervalMs: number;
  readonly slot: number;
  readonly offsetNs: number;
}

/** The monotonic instant at which tick `tick` is due. */
export function dueNs(times: TickTimes, tick: number): number {
  return tick * times.intervalMs * 1e6 + times.slot * 1e7 - times.offsetNs;
}

/** The first tick due after a monotonic instant. */
export function tickAfter(times: TickTimes, atNs: number): number {
  return Math.floor((atNs + times.offsetNs - times.slot * 1e7) / (times.intervalMs * 1e6)) + 1;
}

/**
 * The slot of the n-th connection of a spread group. Each run of as many connections as there are slots, 10 ms apart,
 * fills each of them once, in golden-ratio steps, so that fewer connections are spread as well.
 */
export function slotOf(order: number, intervalMs: number): number {
  const slots = Math.floor(intervalMs / 10);
  let step = Math.max(1, Math.round(slots * 0.618));
  while (greatestDivisor(step, slots) > 1) step++;
  return (order * step) % slots;
}

function greatestDivisor(one: number, other: number): number {
  return other === 0 ? one : greatestDivisor(other, one % other);
}
