/**
 * Limits: what a figure of the report may be at most or must be at least. Written "FIGURE <= NUMBER" or "FIGURE >=
 * NUMBER"; with " abort" behind it, or " abort after DURATION", a limit that is missed ends the run.
 */
import { durationMs } from "./duration.ts";

export interface Limit {
  figure: string;
  atMost?: number;
  atLeast?: number;
  /**
   * It ends the run when it is missed, so long after the run's start at the earliest, milliseconds; absent: it does
   * not.
   */
  abortAfterMs?: number;
}

/** What a limit asks of its figure, in words. */
export const wantedText = ({
  atMost,
  atLeast,
}: {
  atMost?: number | undefined;
  atLeast?: number | undefined;
}): string => (atMost === undefined ? `at least ${atLeast}` : `at most ${atMost}`);

const boundPattern = "\\s*[A-Za-z][A-Za-z0-9.]*\\s*(<=|>=)\\s*[0-9]+(\\.[0-9]+)?([eE][-+]?[0-9]+)?";
export const limitPattern = `^${boundPattern}(\\s+abort(\\s+after\\s+[0-9]+(\\.[0-9]+)?(ms|s|m|h|d)?)?)?\\s*$`;
/** The same without what ends the run: that is said beside it. */
export const plainLimitPattern = `^${boundPattern}\\s*$`;

/**
 * A limit as the text that says the same: a block {limit, abort, after} or that text itself. What is no limit stays
 * what it is.
 */
export function limitText(given: unknown): unknown {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return given;
  const { limit, abort = true, after } = given as { limit?: unknown; abort?: unknown; after?: unknown };
  if (typeof limit !== "string" || abort !== true) return limit;
  return after === undefined ? `${limit} abort` : `${limit} abort after ${String(after)}`;
}

/** Most limits a scenario may have. */
export const mostLimits = 100;

/**
 * Limits in force unless the scenario sets the same figure. At most one push in a hundred may be late: then the p99,
 * the headline, lies below the bound of lateness (half an interval, at most 5 s), and a target that stands still for 1
 * % of the time is seen.
 */
export const defaultLimits: readonly Limit[] = [
  { figure: "unexpectedCloseRatio", atMost: 1e-5 },
  { figure: "lostRatio", atMost: 1e-5 },
  { figure: "refusedRatio", atMost: 1e-5 },
  { figure: "lateRatio", atMost: 0.01 },
];

/** In force beside them where a storm drops connections: all must be back before the hold ends. */
export const stormLimits: readonly Limit[] = [{ figure: "stayedAwayRatio", atMost: 1e-5 }];

const quantiles = ["p50", "p90", "p99", "p999", "max"];
const latencyFigures = [
  "pushLatencyMs",
  "deliveryMs",
  "tickLagMs",
  "connectMs",
  "connectTlsMs",
  "pingMs",
  "slowPushLatencyMs",
  "requestMs",
  "firstByteMs",
  "firstEventMs",
  "eventGapMs",
  "longestGapMs",
  "streamMs",
  "answerMs",
  "publishedMs",
];

/** Every figure a limit may name. */
export const limitFigures: readonly string[] = [
  ...[...defaultLimits, ...stormLimits].map((limit) => limit.figure),
  "gaveUpRatio",
  "eventsLostRatio",
  "openShare.mean",
  "openShare.least",
  "duplicatedRatio",
  "outOfOrderRatio",
  "failedRatio",
  "answerLostRatio",
  "answerLateRatio",
  "publishedLostRatio",
  "qps",
  "streamsPerSecond",
  "tokensPerSecond",
  "tokensPerStream",
  "targetRssMiB",
  "targetRssMiB.peak",
  "targetCpu",
  "targetCpu.peak",
  "targetFds",
  "capacity.lower",
  "capacity.upper",
  "pipelineMs.median",
  "pipelineMs.max",
  "pipelineCpuSeconds",
  "pipelineRssMiB",
  "linesPerSecond",
  "startUpMs.median",
  "deployableMiB",
  ...latencyFigures.flatMap((name) => quantiles.map((q) => `${name}.${q}`)),
];

/** Parses a limit; throws a sentence that names what is known when the figure is not. */
export function parseLimit(text: string): Limit {
  const parts = /^\s*([A-Za-z][A-Za-z0-9.]*)\s*(<=|>=)\s*(\S+)(\s+abort(?:\s+after\s+(\S+))?)?\s*$/.exec(text);
  const bound = Number(parts?.[3]);
  if (parts === null || Number.isNaN(bound))
    throw new Error(
      `expected "FIGURE <= NUMBER" or "FIGURE >= NUMBER", optionally followed by "abort" or "abort after DURATION" to stop the run, got "${text}"`,
    );
  const figure = parts[1]!;
  if (!limitFigures.includes(figure)) throw new Error(`unknown figure "${figure}"; known: ${limitFigures.join(", ")}`);
  const abort = parts[4] === undefined ? {} : { abortAfterMs: durationMs(parts[5] ?? "0s") };
  return parts[2] === "<=" ? { figure, atMost: bound, ...abort } : { figure, atLeast: bound, ...abort };
}

/** In force in an API scenario unless it sets the same figure. */
export const defaultApiLimits: readonly Limit[] = [{ figure: "failedRatio", atMost: 1e-5 }];

/** The limits in force: the scenario's own, and the defaults of its kind for figures it does not name. */
export function limitsInForce(texts: readonly string[], defaults: readonly Limit[] = defaultLimits): Limit[] {
  const own = texts.map(parseLimit);
  return [...own, ...defaults.filter((limit) => own.every((o) => o.figure !== limit.figure))];
}
