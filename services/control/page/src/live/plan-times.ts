/** Planned durations of a run, as far as its scenario determines them: not for searches and pipelines. */
import { durationMs } from "../../../../../clients/scenario/duration.ts";
import type { LiveState } from "./live-stream.ts";

export interface PlanTimes {
  /** By phase. */
  phaseMs: Readonly<Record<string, number>>;
  /** From the start of the ramp to that of the drain. */
  totalMs: number;
}

const read = (value: unknown): number | null =>
  typeof value === "string" || typeof value === "number" ? durationMs(String(value)) : null;

/** Null where the duration is not known in advance. */
export function planTimes(scenario: Record<string, unknown> | null): PlanTimes | null {
  if (scenario === null) return null;
  const { kind, connections, rampPerSecond, stages } = scenario;
  if (Array.isArray(stages)) {
    const parts = stages.map((stage: Record<string, unknown>) => (read(stage.over) ?? 0) + (read(stage.hold) ?? 0));
    return { phaseMs: {}, totalMs: parts.reduce((sum, part) => sum + part, 0) };
  }
  const holdMs = read(scenario.hold);
  if ((kind !== "connections" && kind !== "soak") || holdMs === null) return null;
  const rampMs =
    typeof connections === "number" && typeof rampPerSecond === "number" && rampPerSecond > 0
      ? (1000 * connections) / rampPerSecond
      : 0;
  return { phaseMs: { ramp: rampMs, hold: holdMs }, totalMs: rampMs + holdMs };
}

export interface PhaseSpan {
  phase: string;
  stage?: number;
  atMs: number;
  lastedMs: number;
  plannedMs: number | null;
  isNow: boolean;
}

const nowMsOf = ({ ticks, phases }: LiveState): number =>
  Math.max(ticks.at(-1)?.interval.atMs ?? 0, phases.at(-1)?.atMs ?? 0);

/** The phases so far and their durations. A storm is part of the hold: the hold's plan covers both. */
export function phaseSpans(state: LiveState, plan: PlanTimes | null): PhaseSpan[] {
  const isOver = state.phases.at(-1)?.phase === "done";
  return state.phases.map(({ phase, atMs, ...stage }, index) => {
    const next = state.phases[index + 1];
    return {
      phase,
      ...stage,
      atMs,
      lastedMs: Math.max(0, (next?.atMs ?? nowMsOf(state)) - atMs),
      plannedMs: plan?.phaseMs[phase] ?? null,
      isNow: next === undefined && !isOver,
    };
  });
}

/**
 * Time until the drain begins, milliseconds; null when the plan does not determine it, and once the drain has begun.
 */
export function leftMs(state: LiveState, plan: PlanTimes | null): number | null {
  const ramp = state.phases.find(({ phase }) => phase === "ramp");
  const current = state.phases.at(-1)?.phase;
  if (plan === null || ramp === undefined || current === "drain" || current === "done") return null;
  // A ramp that takes longer than planned delays the rest.
  const hold = state.phases.find(({ phase }) => phase === "hold");
  const late =
    hold === undefined ? 0 : Math.max(0, hold.atMs - ramp.atMs - (plan.phaseMs.ramp ?? Number.POSITIVE_INFINITY));
  return Math.max(0, plan.totalMs + late - (nowMsOf(state) - ramp.atMs));
}
