/**
 * Splits a tally's causes into failed connects and ended connections, with the codes peers chose. Sums over `code`
 * equal the cause's count, and sums over `cause` equal the run's counts.
 */
import { type Cause, causeList, causes, isRefusal } from "../measure/cause.ts";
import type { Tally } from "../measure/tally.ts";

/** Codes exposed from the start, so that a rate sees their first increase; others appear when they occur. */
const expectedCodes: Partial<Record<Cause, readonly string[]>> = {
  "close-frame": ["1000", "1001", "1008", "1011", "1012", "1013"],
  "upgrade-rejected": ["429", "500", "502", "503"],
};

/**
 * The same for MQTT brokers, which have their own codes: busy, shutting down, keep alive timeout, session taken over,
 * quota exceeded; and those of refusals.
 */
const expectedReasons: Partial<Record<Cause, readonly string[]>> = {
  "close-frame": ["137", "139", "141", "142", "151"],
  "upgrade-rejected": ["5", "134", "135", "151"],
};

/** Causes a protocol cannot have; exposed only if they occur anyway. */
const foreignCauses: Readonly<Record<string, readonly Cause[]>> = {
  tcp: ["upgrade-rejected", "upgrade-timeout", "upgrade-invalid", "tls-failed", "close-frame"],
  sse: ["close-frame"],
  http: ["upgrade-rejected", "upgrade-timeout", "upgrade-invalid", "closed-early", "close-frame", "silent"],
};

/** Causes that a run can count both for attempts and for open connections. */
const eitherCauses: readonly Cause[] = ["generator-died", "planned", "interrupted"];

interface ExposedCause {
  cause: Cause;
  code: string;
  count: number;
}

interface ExposedCauses {
  failures: ExposedCause[];
  closes: ExposedCause[];
}

/** `admits` decides whether a code gets its own series; the others count under code "". */
export function exposedCauses(
  tally: Tally,
  protocol: string,
  admits: (cause: string, code: string) => boolean,
): ExposedCauses {
  const failed = failedOfEither(tally);
  const codes = codesByCause(tally);
  const expected = protocol === "mqtt" ? expectedReasons : expectedCodes;
  const result: ExposedCauses = { failures: [], closes: [] };
  for (const cause of causeList) {
    const count = tally.causes[cause] ?? 0;
    if (count === 0 && foreignCauses[protocol]?.includes(cause)) continue;
    if (isRefusal(cause)) result.failures.push(...withCodes(cause, count, codes, expected, admits));
    else if (eitherCauses.includes(cause)) {
      result.failures.push({ cause, code: "", count: failed[cause] ?? 0 });
      result.closes.push(...withCodes(cause, count - (failed[cause] ?? 0), codes, expected, admits));
    } else result.closes.push(...withCodes(cause, count, codes, expected, admits));
  }
  return result;
}

/** For each cause in {@link eitherCauses}, how many were connect attempts, derived from the totals. */
function failedOfEither(tally: Tally): Partial<Record<Cause, number>> {
  const { counts } = tally;
  const of = (cause: Cause): number => tally.causes[cause] ?? 0;
  const lostElsewhere = causeList
    .filter((cause) => causes[cause].stage === "life" && cause !== "generator-died")
    .reduce((sum, cause) => sum + of(cause), 0);
  const buried = clamp(of("generator-died") - (counts.closedUnexpectedly - lostElsewhere), of("generator-died"));
  const byGenerator = clamp(of("planned") + of("interrupted") - counts.closedByPlan, of("planned") + of("interrupted"));
  const interrupted = Math.min(byGenerator, of("interrupted"));
  return { "generator-died": buried, interrupted, planned: byGenerator - interrupted };
}

const clamp = (value: number, most: number): number => Math.min(Math.max(value, 0), most);

function codesByCause(tally: Tally): Map<string, Map<string, number>> {
  const result = new Map<string, Map<string, number>>();
  for (const [key, count] of Object.entries(tally.codes)) {
    const [cause = "", code = ""] = key.split(":");
    const codes = result.get(cause) ?? new Map<string, number>();
    result.set(cause, codes.set(code, count));
  }
  return result;
}

function withCodes(
  cause: Cause,
  count: number,
  codes: Map<string, Map<string, number>>,
  expected: Partial<Record<Cause, readonly string[]>>,
  admits: (cause: string, code: string) => boolean,
): ExposedCause[] {
  const own = new Map<string, number>();
  for (const code of expected[cause] ?? []) if (admits(cause, code)) own.set(code, 0);
  for (const [code, n] of codes.get(cause) ?? []) if (admits(cause, code)) own.set(code, n);
  const coded = [...own].map(([code, n]) => ({ cause, code, count: n }));
  const rest = count - coded.reduce((sum, row) => sum + row.count, 0);
  return [{ cause, code: "", count: Math.max(rest, 0) }, ...coded];
}
