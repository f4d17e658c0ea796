/** What a pipeline scenario adds to a report: `log`, `generation`, `variants` and `footprint`. */
import { type Static, Type } from "#typebox";
import { median } from "../../../measure/statistics/median.ts";
import { count, figure, figureOrNull, oneOf, orNull } from "./field.ts";

const Spread = Type.Object(
  { median: Type.Number(), min: Type.Number(), max: Type.Number() },
  { description: "repeated measurements of one thing" },
);
export type Spread = Static<typeof Spread>;

export const LogFacts = Type.Object(
  {
    lines: count("in all"),
    uniqueUsers: count("in them"),
    bad: count("malformed"),
    firstBadLine: figureOrNull("from 1"),
    bytes: count("of the file"),
    seed: Type.Number(),
  },
  { description: "the log that was parsed, as generated: every result is checked against it" },
);
export type LogFacts = Static<typeof LogFacts>;

export const Generation = Type.Object(
  {
    ms: figure("to generate, write and flush it"),
    megabytesPerSecond: figure("10^6 bytes"),
    fastest: orNull(
      Type.Object({ variant: Type.String(), megabytesPerSecond: Type.Number() }),
      "by the parsing time a variant reports, median; null while none was measured",
    ),
  },
  {
    description:
      "how fast the log was generated compared with how fast the fastest variant read it; all of it was written before anything was measured",
  },
);
export type Generation = Static<typeof Generation>;

const variantStates = ["ok", "unavailable", "wrong-answer", "failed", "timed-out", "over-memory", "not-run"] as const;
export type VariantState = (typeof variantStates)[number];

export const VariantResult = Type.Object(
  {
    name: Type.String(),
    state: oneOf(
      variantStates,
      "unavailable: its requirements are not installed on this machine; does not affect the verdict",
    ),
    ok: Type.Boolean(),
    why: orNull(Type.String(), "why the state is not ok, in a sentence"),
    runs: count("measured runs that succeeded"),
    ms: orNull(Spread, "from spawn to exit of the process"),
    parseMs: orNull(Spread, "reading and parsing time reported by the command itself, without runtime start-up"),
    cpuSeconds: figureOrNull("user and system time of a run, median"),
    rssMiB: figureOrNull("peak resident memory of any run"),
    account: orNull(
      oneOf(
        ["exact", "sampled"],
        "exact: reported by the kernel when the process exited; sampled: read from /proc while it ran",
      ),
    ),
    uniqueUsers: figureOrNull("its answer"),
    badLines: figureOrNull("its answer"),
    firstBadLine: figureOrNull("its answer"),
    linesPerSecond: figureOrNull("lines of the log over the median of `ms`"),
    relativeToCpython: figureOrNull('median time over that of the variant "cpython ujson" on the same log'),
  },
  { description: "one way a target runs its pipeline" },
);
export type VariantResult = Static<typeof VariantResult>;

export const Footprint = Type.Object(
  {
    startUpMs: orNull(Spread, "from spawn of the server to its first healthy answer"),
    starts: count("of the server"),
    deployableBytes: figureOrNull(
      "what you would copy to a server: bytes on disk of the manifest's `deployable` paths; null: part of it is missing",
    ),
  },
  { description: "start-up time and size of the target" },
);
export type Footprint = Static<typeof Footprint>;

export function generationOf(bytes: number, ms: number, variants: readonly VariantResult[]): Generation {
  const perSecond = (overMs: number): number => bytes / 1e3 / overMs;
  const [fastest] = variants
    .flatMap(({ name, ms: whole, parseMs }) => {
      const took = parseMs?.median || whole?.median;
      return took ? [{ variant: name, megabytesPerSecond: perSecond(took) }] : [];
    })
    .sort((a, b) => b.megabytesPerSecond - a.megabytesPerSecond);
  return { ms, megabytesPerSecond: perSecond(ms), fastest: fastest ?? null };
}

/** Median, least and most; null for nothing. */
export function spreadOf(values: readonly number[]): Spread | null {
  if (values.length === 0) return null;
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}
