import { parse } from "yaml";
import {
  type Field,
  integer,
  listOf,
  object,
  oneOf,
  optional,
  type Problem,
  type Shape,
  type Shaped,
  shown,
  text,
} from "./fields.ts";
import { eventKinds, isPushKind, type Kind, kindList, kinds } from "./kinds.ts";

/** One fault of a given kind, as in the script. */
export type FaultOf<K extends Kind> = { [E in K]: { readonly kind: E } & Shaped<(typeof kinds)[E]> }[K];
export type Fault = FaultOf<Kind>;

/** A fault script. The same script with connections in the same order produces the same faults. */
export interface Script {
  readonly seed: number;
  /** `/user/{id}` knows ids from 0 up to but excluding this. */
  readonly users: number;
  /** Whether the account records each response to `/` and `/user/{id}`. */
  readonly answers: boolean;
  /**
   * WebSocket clients must authenticate before they are registered, and exchange messages. Absent: their messages are
   * ignored.
   */
  readonly talk?: Shaped<typeof talk>;
  readonly faults: readonly Fault[];
}

/** All problems of a script. */
export class ScriptError extends Error {
  override readonly name = "ScriptError";
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map((each) => `${each.field}: expected ${each.expected}, got ${each.came}`).join("\n"));
    this.problems = problems;
  }
}

/** The behaviour without a script. */
export const faultless: Script = { seed: 1, users: 1_000_000, answers: false, faults: [] };

const faultField: Field<Fault> = {
  expected: "a fault",
  read(value, path, problems) {
    const kind = (value as { kind?: unknown } | null)?.kind;
    if (!kindList.includes(kind as Kind)) {
      problems.push({ field: `${path}.kind`, expected: `one of ${kindList.join(", ")}`, came: shown(kind) });
      return value as Fault;
    }
    const known = kind as Kind;
    const kindField: Field<unknown> = { expected: known, read: (each) => each };
    const before = problems.length;
    object({ kind: kindField, ...(kinds[known] as Shape) }).read(value, path, problems);
    if (problems.length === before) checkTogether(value as Fault, path, problems);
    return value as Fault;
  },
};

const talk = {
  /** Required prefix of every token; a token can be used by one connection at a time. */
  token: optional(text(64)),
  /** A client that sends no `{"t":"ping"}` for this long is closed with 4000. */
  heartbeatMs: optional(integer(100, 86_400_000)),
  /** Every client is sent `2` at this interval, and is closed with 4002 unless it has sent `3` before the next. */
  askEveryMs: optional(integer(100, 86_400_000)),
};

const script = object({
  seed: optional(integer(0, 0xffff_ffff)),
  users: optional(integer(0, 1e12)),
  answers: optional(oneOf([true, false])),
  talk: optional(object(talk)),
  faults: optional(listOf(faultField)),
});

const selectors = ["share", "every", "first", "above", "connections"] as const;

/** Checks fields that exclude or require each other. */
function checkTogether(fault: Fault, path: string, problems: Problem[]): void {
  const given = fault as Record<string, unknown>;
  const wrong = (name: string, expected: string, came: string): void =>
    void problems.push({ field: `${path}${name}`, expected, came });
  const used = selectors.filter((name) => given[name] !== undefined);
  if (used.length > 1) wrong("", `at most one of ${selectors.join(", ")}`, used.join(" and "));
  const { every, offset } = given as { every?: number; offset?: number };
  if (offset !== undefined && (every === undefined || offset >= every))
    wrong(".offset", "less than `every`", shown(offset));
  checkTime(fault, wrong);
  const amounts = ["ms", "uniform", "weighted"].filter((name) => given[name] !== undefined);
  if ("uniform" in kinds[fault.kind] && amounts.length !== 1)
    wrong("", "exactly one of ms, uniform, weighted", amounts.join(" and ") || "none");
  if ("uniform" in fault && fault.uniform && fault.uniform.minMs > fault.uniform.maxMs)
    wrong(".uniform", "minMs at most maxMs", shown(fault.uniform));
  if (fault.kind === "http.status") {
    const sum = fault.statuses.reduce((total, each) => total + each.share, 0);
    if (sum > 1 + 1e-9) wrong(".statuses", "shares that add up to at most 1", String(sum));
  }
}

function checkTime(fault: Fault, wrong: (name: string, expected: string, came: string) => void): void {
  const at = "at" in fault ? fault.at : undefined;
  const isEvent = eventKinds.includes(fault.kind);
  const isHttp = fault.kind.startsWith("http.");
  const origins = (["atMs", "whenOpen", "whenRequests"] as const).filter((name) => at?.[name] !== undefined);
  const known = isHttp ? "atMs, whenOpen or whenRequests" : "atMs or whenOpen";
  if (isEvent && origins.length === 0) wrong(".at", `${known}: this is a one-off fault`, shown(at));
  if (!at) return;
  if (origins.length > 1) wrong(".at", `one of ${known}`, origins.join(" and "));
  if (at.whenRequests !== undefined && !isHttp)
    wrong(".at.whenRequests", "nothing: this fault does not affect requests", shown(at.whenRequests));
  if (at.afterMs !== undefined && at.whenOpen === undefined && at.whenRequests === undefined)
    wrong(".at.afterMs", isHttp ? "whenOpen or whenRequests with it" : "whenOpen with it", "neither");
  if (at.phaseMs !== undefined && at.alignMs === undefined) wrong(".at.phaseMs", "alignMs with it", "no alignMs");
  if (at.times !== undefined && at.repeatMs === undefined) wrong(".at.times", "repeatMs with it", "no repeatMs");
  if (isEvent && at.forMs !== undefined) wrong(".at.forMs", "nothing: this is a one-off fault", shown(at.forMs));
  const byTick = at.fromTick !== undefined || at.ticks !== undefined;
  if (byTick && !isPushKind(fault.kind))
    wrong(".at", "no fromTick or ticks: this fault does not affect single pushes", shown(at));
  const byTime = [at.atMs, at.afterMs, at.alignMs, at.forMs, at.repeatMs].some((each) => each !== undefined);
  if (byTick && byTime) wrong(".at", "a window of ticks or a window of time", "both");
  if (!byTick && !isEvent && at.repeatMs !== undefined && at.forMs === undefined)
    wrong(".at.forMs", "how long each wave lasts", "nothing");
}

/** Reads a fault script, YAML or JSON. Throws a {@link ScriptError} that lists every problem. */
export function readScript(source: string): Script {
  let value: unknown;
  try {
    value = parse(source);
  } catch (error) {
    throw new ScriptError([{ field: "script", expected: "YAML or JSON", came: (error as Error).message }]);
  }
  const problems: Problem[] = [];
  // An empty file, or one with only comments, is a script without faults.
  const read = script.read(withoutEmptyFaults(value ?? {}), "", problems);
  if (problems.length > 0) throw new ScriptError(problems);
  return { ...faultless, ...read };
}

/** `faults: []` is equivalent to omitting it. */
function withoutEmptyFaults(value: unknown): unknown {
  const faults = (value as { faults?: unknown }).faults;
  if (!Array.isArray(faults) || faults.length > 0) return value;
  const { faults: _, ...rest } = value as Record<string, unknown>;
  return rest;
}
