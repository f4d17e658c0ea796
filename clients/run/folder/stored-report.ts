/**
 * A report read from a folder, validated as far as lists, pages and metrics depend on it, since the file may contain
 * anything.
 */
import { type TSchema, Type } from "#typebox";
import Value from "#typebox/value";
import type { Report } from "../../report/model/report.ts";
import { isTooDeep } from "../../scenario/problems/problem-bounds.ts";

const open = Type.Object;
const text = Type.String();
const number = Type.Number();
const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const Words = Type.Array(open({ code: text, text }));

/** The fields common to all kinds; a kind's own blocks are validated by their readers. */
const Stored = open({
  schema: Type.Literal(1),
  run: text,
  kind: text,
  state: Type.Union([Type.Literal("running"), Type.Literal("finished"), Type.Literal("interrupted")]),
  target: open({ name: text }),
  host: open({}),
  verdict: orNull(Type.Union([Type.Literal("pass"), Type.Literal("fail"), Type.Literal("invalid")])),
  reasons: Words,
  notes: Words,
  limits: Type.Array(open({ limit: text })),
  connections: Type.Optional(
    orNull(open({ planned: number, opened: number, refused: number, closedUnexpectedly: number, peak: number })),
  ),
  latencyMs: Type.Optional(orNull(open({ push: Type.Optional(orNull(open({ p99: number }))) }))),
  timing: open({ startedAt: text, endedAt: orNull(text), phases: Type.Array(open({ phase: text, atMs: number })) }),
});

/** Flame graphs are up to 60 frames deep, with two levels per frame: the object and its list of children. */
const mostLevels = 160;

const isInstant = (value: string | null): boolean => value === null || !Number.isNaN(Date.parse(value));

/** Whether something read from a file is a report. */
export function isReport(found: unknown): found is Report {
  if (isTooDeep(found, mostLevels) || !Value.Check(Stored, found)) return false;
  const { timing } = found as Report;
  return isInstant(timing.startedAt) && isInstant(timing.endedAt);
}
