/** The view of a run in progress: findings, current figures, main chart, phases, disconnects, panels. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type RunView, readAsked, readRun } from "../api.ts";
import { Chart } from "../charts/chart.tsx";
import { Heatmap } from "../charts/heatmap.tsx";
import type { PanelGroup } from "../charts/panel.ts";
import { PanelSection } from "../charts/panel-grid.tsx";
import { panelGroups, pictureOf } from "../charts/panels.ts";
import { Failure } from "../failure.tsx";
import { lasting } from "../figures.ts";
import { DisconnectFeed } from "./disconnect-feed.tsx";
import { findingsOf, lossesOf } from "./findings.ts";
import { followRun, type LiveState } from "./live-stream.ts";
import { NowFigures } from "./now-figures.tsx";
import { PhaseList } from "./phase-list.tsx";
import { type PlanTimes, planTimes } from "./plan-times.ts";
import { isOver, RunHead } from "./run-head.tsx";

/** Loads and follows a run's record, plan and ticks while it is shown. */
function useRun(id: string) {
  const run = useSignal<RunView | null>(null);
  const plan = useSignal<PlanTimes | null>(null);
  const failure = useSignal<Error | null>(null);
  const live = useSignal<LiveState | null>(null);
  useEffect(() => {
    const load = async () => {
      try {
        run.value = (await readRun(id)).run;
        failure.value = null;
        if (plan.value === null && run.value.hasReport) plan.value = planTimes(await readAsked(id));
      } catch (error) {
        // An unreachable service is reported in addition to its last response.
        if (run.value === null) failure.value = error as Error;
      }
    };
    void load();
    const { live: followed, close } = followRun(id, () => void load());
    const release = followed.subscribe((state) => {
      live.value = state;
    });
    return () => {
      release();
      close();
    };
  }, [id]);
  return { run, plan, failure, live };
}

export function LiveView({ id }: { id: string }) {
  const { run, plan, failure, live } = useRun(id);
  const { value: state } = live;
  const over = isOver(run.value, state);
  const hasTicks = state !== null && state.ticks.length > 0;
  return (
    <section class="live">
      <RunHead run={run} state={state} plan={plan.value} failure={failure} />
      <Failure error={failure.value} />
      {state !== null && !over ? <LostContact state={state} /> : null}
      {state?.error == null ? null : <p class="failure">{state.error}</p>}
      {state === null ? null : <Findings state={state} />}
      {state === null ? null : (
        <div class="course">
          <PhaseList state={state} plan={plan.value} />
          {state.part === "" ? null : <p class="quiet part">{state.part}</p>}
        </div>
      )}
      {hasTicks ? <Watched state={state} /> : null}
      {hasTicks ? null : (
        <p class="quiet" aria-live="polite">
          {state?.said ||
            (over
              ? "Nothing was measured."
              : `The first second appears once the target is running (${state?.state || run.value?.state || "connecting"}).`)}
        </p>
      )}
    </section>
  );
}

/** The service is unreachable: what is drawn is outdated, and the run may be continuing. */
function LostContact({ state: { lostAtMs } }: { state: LiveState }) {
  const nowMs = useSignal(Date.now());
  useEffect(() => {
    const timer = setInterval(() => {
      nowMs.value = Date.now();
    }, 1000);
    return () => clearInterval(timer);
  }, []);
  if (lostAtMs === null) return null;
  return (
    <div class="finding" role="alert">
      <p class="headline">The service is not responding.</p>
      <p>
        Data as of {new Date(lostAtMs).toLocaleTimeString()}
        <span aria-hidden="true">, {lasting(Math.max(0, nowMs.value - lostAtMs))} ago</span>. The run may still be in
        progress; this page keeps retrying.
      </p>
    </div>
  );
}

function Findings({ state }: { state: LiveState }) {
  const findings = findingsOf(state.ticks);
  // Always present, so that screen readers announce its content.
  return (
    <div role="status" class={findings.length === 0 ? "findings" : "findings finding"}>
      {findings.map(({ headline, details }) => (
        <div key={headline}>
          <p class="headline">{headline}</p>
          {details.length === 0 ? null : (
            <ul>
              {details.map((detail) => (
                <li key={detail}>{detail}</li>
              ))}
            </ul>
          )}
        </div>
      ))}
    </div>
  );
}

function Watched({ state }: { state: LiveState }) {
  const { ticks, phases } = state;
  const last = ticks.at(-1);
  if (last === undefined) return null;
  const { lines, heat } = pictureOf(last);
  return (
    <>
      <div class="first">
        <div class="picture">
          <Chart panel={lines} ticks={ticks} phases={phases} marks={lossesOf(ticks)} />
          {heat === null ? null : <Heatmap panel={heat} ticks={ticks} phases={phases} />}
        </div>
        <NowFigures state={state} />
      </div>
      <DisconnectFeed ticks={ticks} />
      {groupsOf(state).map((group) => (
        <PanelSection key={group.title} group={group} ticks={ticks} phases={phases} />
      ))}
    </>
  );
}

/** The panels of what this run measures. */
function groupsOf({ ticks }: LiveState): PanelGroup[] {
  const last = ticks.at(-1);
  return last === undefined ? [] : panelGroups.filter(({ applies }) => applies?.(last) ?? true);
}
