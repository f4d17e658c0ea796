/** A run's header: what it is, its state, the remaining time, and the stop button. */
import { type Signal, useSignal } from "@preact/signals";
import { type RunView, stopRun } from "../api.ts";
import { lasting } from "../figures.ts";
import { useTitle } from "../page-title.ts";
import { outcomeOf } from "../runs-view.tsx";
import type { LiveState } from "./live-stream.ts";
import { leftMs, type PlanTimes } from "./plan-times.ts";

const isOverState = (state: string | undefined) =>
  state === "finished" || state === "interrupted" || state === "failed";

export const isOver = (view: RunView | null, state: LiveState | null): boolean =>
  isOverState(state?.state) || isOverState(view?.state);

/** The text of the badge: never "running" when the service is unreachable. */
function badgeOf(view: RunView, state: LiveState | null, over: boolean): { word: string; look: string } {
  if (over)
    return isOverState(view.state)
      ? { word: outcomeOf(view), look: outcomeOf(view) }
      : { word: state?.state ?? view.state, look: "" };
  if (state?.lostAtMs != null) return { word: "no contact", look: "lost-contact" };
  return { word: state?.state || view.state, look: "" };
}

interface RunHeadProps {
  run: Signal<RunView | null>;
  state: LiveState | null;
  plan: PlanTimes | null;
  failure: Signal<Error | null>;
}

export function RunHead({ run, state, plan, failure }: RunHeadProps) {
  const isStopping = useSignal(false);
  const view = run.value;
  const over = isOver(view, state);
  const title = view === null ? "Run" : (view.title ?? `${view.kind} on ${view.target}`);
  const badge = view === null ? null : badgeOf(view, state, over);
  useTitle(badge === null ? title : `${title}: ${badge.word}`);
  const stop = async () => {
    if (view === null) return;
    isStopping.value = true;
    try {
      run.value = (await stopRun(view.id)).run;
    } catch (error) {
      failure.value = error as Error;
      isStopping.value = false;
    }
  };
  const left = state === null || over ? null : leftMs(state, plan);
  return (
    <div class="bar">
      <h1>{title}</h1>
      {badge === null ? null : <span class={`outcome ${badge.look}`}>{badge.word}</span>}
      {left === null ? null : (
        <span class="left" data-figure="time left">
          {left === 0 ? "about to end" : `${lasting(left)} left`}
        </span>
      )}
      <span class="gap" />
      {state !== null && state.dropped > 0 ? (
        <span class="quiet">{state.dropped} seconds not shown: this browser was too slow</span>
      ) : null}
      {over && view?.hasReport ? (
        <a class="button primary" href={`#/report/${view.id}`}>
          Report
        </a>
      ) : null}
      {over || view === null ? null : (
        <button type="button" class="stop" disabled={isStopping.value} onClick={() => void stop()}>
          {isStopping.value ? "Stopping" : "Stop"}
        </button>
      )}
    </div>
  );
}
