/** Limits: what a figure of the report may be at most or must be at least. Written "FIGURE <= NUMBER" or "FIGURE >= NUMBER". */
export interface Limit {
  figure: string;
  atMost?: number;
  atLeast?: number;
}

export const limitPattern = "^\\s*[A-Za-z][A-Za-z0-9.]*\\s*(<=|>=)\\s*[0-9]+(\\.[0-9]+)?([eE][-+]?[0-9]+)?\\s*$";

/** Most limits a scenario may have. */
export const mostLimits = 100;

/**
 * Limits in force unless the scenario sets the same figure. At most one push in a hundred may be late: then the p99, the headline, lies
 * below the bound of lateness (half an interval, at most 5 s), and a target that stands still for 1 % of the time is seen.
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
  "answerMs",
  "publishedMs",
];

/** Every figure a limit may name. */
export const limitFigures: readonly string[] = [
  ...[...defaultLimits, ...stormLimits].map((limit) => limit.figure),
  "gaveUpRatio",
  "openShare.mean",
  "openShare.least",
  "duplicatedRatio",
  "outOfOrderRatio",
  "failedRatio",
  "answerLostRatio",
  "answerLateRatio",
  "publishedLostRatio",
  "qps",
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
  const parts = /^\s*([A-Za-z][A-Za-z0-9.]*)\s*(<=|>=)\s*(\S+)\s*$/.exec(text);
  const bound = Number(parts?.[3]);
  if (parts === null || Number.isNaN(bound)) throw new Error(`expected "FIGURE <= NUMBER" or "FIGURE >= NUMBER", got "${text}"`);
  const figure = parts[1]!;
  if (!limitFigures.includes(figure)) throw new Error(`unknown figure "${figure}"; known: ${limitFigures.join(", ")}`);
  return parts[2] === "<=" ? { figure, atMost: bound } : { figure, atLeast: bound };
}

/** In force in an API scenario unless it sets the same figure. */
export const defaultApiLimits: readonly Limit[] = [{ figure: "failedRatio", atMost: 1e-5 }];

/** The limits in force: the scenario's own, and the defaults of its kind for figures it does not name. */
export function limitsInForce(texts: readonly string[], defaults: readonly Limit[] = defaultLimits): Limit[] {
  const own = texts.map(parseLimit);
  return [...own, ...defaults.filter((limit) => own.every((o) => o.figure !== limit.figure))];
}
