/** Compares a pipeline command's output with the known contents of the log. Pure. */
import type { LogTruth } from "../../plan/log-lines.ts";
import type { VariantState } from "../../report/model/schema/pipeline-block.ts";
import type { CommandEnd } from "../../target/keeper/command-message.ts";

/** A command's answer: the JSON line of docs/targets.md. */
export interface PipelineAnswer extends LogTruth {
  parseMs: number;
}

/** The judgement of a command's run. */
export type JudgedRun =
  | { state: "ok"; answer: PipelineAnswer }
  | { state: Exclude<VariantState, "ok" | "not-run">; why: string; answer: PipelineAnswer | null };

const isCount = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;

/** Parses the last line of a command's output; returns a sentence when it is not an answer. */
export function parseAnswer(stdout: string): PipelineAnswer | string {
  const line = stdout.trimEnd().split("\n").at(-1) ?? "";
  let value: Partial<PipelineAnswer> | null = null;
  try {
    value = JSON.parse(line) as Partial<PipelineAnswer> | null;
  } catch {
    // reported below
  }
  if (typeof value !== "object" || value === null)
    return `expected one line of JSON on stdout, got ${line === "" ? "nothing" : JSON.stringify(line.slice(0, 80))}`;
  const { lines, uniqueUsers, bytes, bad, firstBadLine, events, parseMs } = value;
  for (const [name, count] of Object.entries({ lines, uniqueUsers, bytes, bad })) {
    if (!isCount(count)) return `expected a whole number in ${name}, got ${JSON.stringify(count) ?? "nothing"}`;
  }
  if (firstBadLine !== null && !isCount(firstBadLine))
    return `expected a line number or null in firstBadLine, got ${JSON.stringify(firstBadLine) ?? "nothing"}`;
  if (typeof events !== "object" || events === null)
    return `expected an object in events, got ${JSON.stringify(events) ?? "nothing"}`;
  if (!Number.isFinite(parseMs)) return `expected a number in parseMs, got ${JSON.stringify(parseMs) ?? "nothing"}`;
  return value as PipelineAnswer;
}

/** What is wrong with an answer, as sentences; empty when it is correct. */
export function differences(answer: PipelineAnswer, truth: LogTruth): string[] {
  const wrong: string[] = [];
  for (const name of ["lines", "uniqueUsers", "bad", "firstBadLine", "bytes"] as const) {
    if (answer[name] !== truth[name]) wrong.push(`${name}: expected ${truth[name]}, got ${answer[name]}`);
  }
  for (const event of new Set([...Object.keys(truth.events), ...Object.keys(answer.events)])) {
    if (answer.events[event] !== truth.events[event])
      wrong.push(`events.${event}: expected ${truth.events[event] ?? 0}, got ${answer.events[event] ?? 0}`);
  }
  return wrong;
}

/** The last non-empty line of a command's stderr. */
function lastWords(stderr: string): string {
  const lines = stderr.split("\n").filter((line) => line.trim() !== "");
  const last = lines.slice(-3).join(" / ");
  return last === "" ? "nothing on stderr" : last;
}

/**
 * Judges one run. During the probe, a command that exits on its own without an answer lacks something on this machine:
 * unavailable, not failed.
 */
export function judgeRun(
  end: CommandEnd,
  truth: LogTruth,
  limits: { timeoutMs: number; memoryMiB: number | null; isProbe: boolean },
): JudgedRun {
  if (end.killedFor === "timeout")
    return { state: "timed-out", why: `still running after ${limits.timeoutMs / 1000} s; killed`, answer: null };
  if (end.killedFor === "memory")
    return { state: "over-memory", why: `its memory exceeded ${limits.memoryMiB} MiB; killed`, answer: null };
  if (end.signal !== null)
    return { state: "failed", why: `ended by ${end.signal}: ${lastWords(end.stderr)}`, answer: null };
  if (end.code !== 0)
    return {
      state: limits.isProbe ? "unavailable" : "failed",
      why: `exited with ${end.code}: ${lastWords(end.stderr)}`,
      answer: null,
    };
  if (end.isCut)
    return { state: "failed", why: "expected one line of JSON on stdout, got more than 1 MiB", answer: null };
  const answer = parseAnswer(end.stdout);
  if (typeof answer === "string") return { state: "failed", why: answer, answer: null };
  const wrong = differences(answer, truth);
  if (wrong.length > 0) return { state: "wrong-answer", why: wrong.slice(0, 4).join("; "), answer };
  return { state: "ok", answer };
}
