/** The phases of a run in order, with actual and planned durations. */
import { phaseName } from "../../../../../clients/measure/phase.ts";
import { lasting } from "../figures.ts";
import type { LiveState } from "./live-stream.ts";
import { type PlanTimes, phaseSpans } from "./plan-times.ts";

export function PhaseList({ state, plan }: { state: LiveState; plan: PlanTimes | null }) {
  const spans = phaseSpans(state, plan).filter(({ phase }) => phase !== "done");
  return (
    <ol class="phases" aria-label="Phases">
      {spans.length === 0 ? <li aria-current="step">preparing</li> : null}
      {spans.map(({ phase, stage, atMs, lastedMs, plannedMs, isNow }) => {
        const share = plannedMs === null || plannedMs === 0 ? 1 : Math.min(1, lastedMs / plannedMs);
        return (
          <li key={`${phase} ${atMs}`} class={`phase ${phase}`} aria-current={isNow ? "step" : undefined}>
            <span class="name">{phaseName(phase, stage)}</span> {lasting(lastedMs)}
            {isNow && plannedMs !== null ? ` of ${lasting(plannedMs)}` : ""}
            {isNow ? <span class="progress" style={{ width: `${100 * share}%` }} aria-hidden="true" /> : null}
          </li>
        );
      })}
    </ol>
  );
}
