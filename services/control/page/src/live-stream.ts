/** One stream of a run's seconds. The browser reconnects by itself and goes on where it was. */
import { signal } from "@preact/signals";
import type { LiveTick } from "../../live/live-tick.ts";

export type { LiveTick };

/** As many as the service replays. */
const mostTicks = 900;

export interface LiveState {
  ticks: LiveTick[];
  phases: { phase: string; atMs: number }[];
  /** Target and id of the run now going: some kinds make several. */
  part: string;
  /** Last line about what is being prepared. */
  said: string;
  state: string;
  error: string | null;
  dropped: number;
  isConnected: boolean;
}

const nothing: LiveState = { ticks: [], phases: [], part: "", said: "", state: "", error: null, dropped: 0, isConnected: false };

/** Follows a run until `close` is called or it ends. */
export function followRun(id: string, ended: () => void) {
  const live = signal<LiveState>(nothing);
  let pending: LiveTick[] = [];
  let frame = 0;
  // A replay of 900 ticks is one change, not 900.
  const flush = () => {
    frame = 0;
    live.value = { ...live.value, ticks: [...live.value.ticks, ...pending].slice(-mostTicks) };
    pending = [];
  };
  const source = new EventSource(`/runs/${id}/live`);
  const on = <T>(event: string, take: (data: T) => void) =>
    source.addEventListener(event, (message) => take(JSON.parse((message as MessageEvent<string>).data) as T));
  source.addEventListener("open", () => {
    live.value = { ...live.value, isConnected: true };
  });
  source.addEventListener("error", () => {
    live.value = { ...live.value, isConnected: false };
  });
  on<LiveTick>("tick", (tick) => {
    pending.push(tick);
    if (frame === 0) frame = window.setTimeout(flush, 50);
  });
  on<{ run: string; target: string }>("run", ({ run, target }) => {
    pending = [];
    live.value = { ...live.value, ticks: [], phases: [], part: `${target}: ${run}` };
  });
  on<{ phase: string; atMs: number }>("phase", (phase) => {
    live.value = { ...live.value, phases: [...live.value.phases, phase] };
  });
  on<{ state: string }>("state", ({ state }) => {
    live.value = { ...live.value, state };
  });
  on<{ line: string }>("say", ({ line }) => {
    live.value = { ...live.value, said: line };
  });
  on<{ ticks: number }>("dropped", ({ ticks }) => {
    live.value = { ...live.value, dropped: live.value.dropped + ticks };
  });
  on<{ state: string; error: { text: string } | null }>("end", ({ state, error }) => {
    source.close();
    live.value = { ...live.value, state, error: error?.text ?? null };
    ended();
  });
  const close = () => {
    source.close();
    clearTimeout(frame);
  };
  return { live, close };
}
