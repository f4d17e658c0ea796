/** When a fault applies. If empty: always (or, for fault events, not allowed). */
export interface TimeRule {
  /** After the server's start. Not combined with `whenOpen`. */
  readonly atMs?: number;
  /** Once the server has had this many connections open. */
  readonly whenOpen?: number;
  /** HTTP faults: after this many requests, including the last of them. */
  readonly whenRequests?: number;
  /** Added to `whenOpen` or `whenRequests`. */
  readonly afterMs?: number;
  /**
   * Moves the start to the next instant `phaseMs` after a multiple of this on CLOCK_MONOTONIC, for example between two
   * ticks.
   */
  readonly alignMs?: number;
  readonly phaseMs?: number;
  /** How long a lasting fault applies; default: forever. */
  readonly forMs?: number;
  /** Repeats after this time (waves) ... */
  readonly repeatMs?: number;
  /** ... this many times in total; default: forever. */
  readonly times?: number;
  /** Push faults: the first affected tick, counted from the first tick at which `whenOpen` connections are open. */
  readonly fromTick?: number;
  /** Push faults: number of ticks. */
  readonly ticks?: number;
}

/**
 * The instant of a rule's first wave. `originNs` is the server's start, or when `whenOpen` or `whenRequests` became
 * true.
 */
export function firstWaveNs(rule: TimeRule, originNs: number): number {
  const atNs = originNs + (rule.atMs ?? rule.afterMs ?? 0) * 1e6;
  if (rule.alignMs === undefined) return atNs;
  const phaseNs = (rule.phaseMs ?? 0) * 1e6;
  return Math.ceil((atNs - phaseNs) / (rule.alignMs * 1e6)) * rule.alignMs * 1e6 + phaseNs;
}

/** Number of waves of a rule. */
export function waveCount(rule: TimeRule): number {
  return rule.repeatMs === undefined ? 1 : (rule.times ?? Number.POSITIVE_INFINITY);
}

/** The current wave at an instant, from 0; -1 when there is none. */
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

/** When one stream's pushes are due, in a clock `offsetNs` ahead of CLOCK_MONOTONIC (0 unless a fault changes it). */
export interface TickTimes {
  readonly intervalMs: number;
  readonly slot: number;
  readonly offsetNs: number;
}

/** When tick `tick` is due, monotonic nanoseconds. */
export function dueNs(times: TickTimes, tick: number): number {
  return tick * times.intervalMs * 1e6 + times.slot * 1e7 - times.offsetNs;
}

/** The first tick due after a monotonic instant. */
export function tickAfter(times: TickTimes, atNs: number): number {
  return Math.floor((atNs + times.offsetNs - times.slot * 1e7) / (times.intervalMs * 1e6)) + 1;
}

/**
 * The slot of the n-th connection of a spread group. Slots are 10 ms apart; every round of connections fills each slot
 * once, in golden-ratio steps, so that fewer connections are spread as well.
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
