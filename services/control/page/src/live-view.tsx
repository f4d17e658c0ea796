/** A run while it goes on: figures of now, phases, disconnects, panels, and the button that stops it. */
import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type RunView, readRun, stopRun } from "./api.ts";
import { Chart } from "./chart.tsx";
import { DisconnectFeed } from "./disconnect-feed.tsx";
import { Failure } from "./failure.tsx";
import { grouped, milliseconds } from "./figures.ts";
import { Heatmap } from "./heatmap.tsx";
import { followRun, type LiveState } from "./live-stream.ts";
import { type PanelGroup, panelGroups } from "./panels.ts";
import { outcomeOf } from "./runs-view.tsx";

export function LiveView({ id }: { id: string }) {
  const run = useSignal<RunView | null>(null);
  const failure = useSignal<Error | null>(null);
  const live = useSignal<LiveState | null>(null);
  useEffect(() => {
    const load = () =>
      readRun(id)
        .then((answer) => {
          run.value = answer.run;
        })
        .catch((error: Error) => {
          failure.value = error;
        });
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
  const { value: state } = live;
  return (
    <section class="live">
      <Head run={run} state={state} failure={failure} />
      <Failure error={failure.value} />
      {state?.error == null ? null : <p class="failure">{state.error}</p>}
      {state?.part ? <p class="quiet">{state.part}</p> : null}
      {state === null ? null : <Now state={state} />}
      {state === null ? null : <Phases state={state} />}
      {state === null ? null : <DisconnectFeed ticks={state.ticks} />}
      {state === null || state.ticks.length === 0 ? (
        <p class="quiet" aria-live="polite">
          {state?.said || `The first second comes once the target runs (${state?.state || run.value?.state || "connecting"}).`}
        </p>
      ) : (
        groupsOf(state).map(({ title, panels }) => (
          <section key={title}>
            <h2>{title}</h2>
            <div class="panels">
              {panels.map((panel) =>
                "heat" in panel ? (
                  <Heatmap key={panel.title} panel={panel} ticks={state.ticks} phases={state.phases} />
                ) : (
                  <Chart key={panel.title} panel={panel} ticks={state.ticks} phases={state.phases} />
                ),
              )}
            </div>
          </section>
        ))
      )}
    </section>
  );
}

/** The panels of what this run measures. */
function groupsOf({ ticks }: LiveState): PanelGroup[] {
  const last = ticks.at(-1);
  return last === undefined ? [] : panelGroups.filter(({ applies }) => applies?.(last) ?? true);
}

const isOver = (state: string | undefined) => state === "finished" || state === "interrupted" || state === "failed";

function Head({ run, state, failure }: { run: Signal<RunView | null>; state: LiveState | null; failure: Signal<Error | null> }) {
  const isStopping = useSignal(false);
  const view = run.value;
  const over = isOver(state?.state) || isOver(view?.state);
  const stop = async () => {
    if (view === null) return;
    isStopping.value = true;
    try {
      run.value = (await stopRun(view.id)).run;
    } catch (error) {
      failure.value = error as Error;
    }
  };
  return (
    <div class="bar">
      <h1>{view === null ? "Run" : (view.title ?? `${view.kind} on ${view.target}`)}</h1>
      {view === null ? null : <span class={`outcome ${outcomeOf(view)}`}>{over ? outcomeOf(view) : state?.state || view.state}</span>}
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
      {state !== null && !over && !state.isConnected ? <span class="bad">reconnecting</span> : null}
      {state !== null && state.dropped > 0 ? <span class="quiet">{state.dropped} seconds not drawn: this reader was slow</span> : null}
    </div>
  );
}

function Now({ state }: { state: LiveState }) {
  const [tick, before] = [state.ticks.at(-1), state.ticks.at(-2)];
  if (tick === undefined) return null;
  const { connections, pushes } = tick.interval;
  const seconds = before === undefined ? 0 : (tick.interval.atMs - before.interval.atMs) / 1000;
  const pushRate = seconds > 0 && pushes !== null ? (pushes.received - (before?.interval.pushes?.received ?? 0)) / seconds : null;
  const failing = tick.limits.filter(({ ok }) => !ok);
  const figures: [title: string, value: string, isBad?: boolean][] = [
    ["open", grouped(connections.open)],
    ["of planned", connections.planned === 0 ? "–" : `${Math.floor((100 * connections.open) / connections.planned)} %`],
    ["pushes a second", pushRate === null ? "–" : grouped(pushRate)],
    ["push p99", milliseconds(tick.latencyMs.push?.p99)],
    ["lost", pushes === null ? "not measured" : grouped(pushes.lost), (pushes?.lost ?? 0) > 0],
    ["unexpected closes", grouped(connections.closedUnexpectedly), connections.closedUnexpectedly > 0],
    ["limits failing", failing.length === 0 ? "none" : failing.map(({ limit }) => limit).join(", "), failing.length > 0],
  ];
  return (
    <dl class="now">
      {figures.map(([title, value, isBad]) => (
        <div key={title}>
          <dt>{title}</dt>
          <dd class={isBad === true ? "bad" : ""} data-figure={title}>
            {value}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Phases({ state }: { state: LiveState }) {
  const current = state.phases.at(-1)?.phase ?? state.state;
  return (
    <ol class="phases" aria-label="Phases">
      {["preparing", ...state.phases.map(({ phase, atMs }) => `${phase} ${Math.max(0, Math.round(atMs / 1000))} s`)].map((text) => (
        <li key={text} aria-current={text.startsWith(current) ? "step" : undefined}>
          {text}
        </li>
      ))}
    </ol>
  );
}
