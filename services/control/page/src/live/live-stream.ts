/** A run's live stream. The browser reconnects on its own and continues where it left off. */
import { signal } from "@preact/signals";
import type { LiveTick } from "../../../live/live-tick.ts";

export type { LiveTick };

/** As many as the service replays. */
const mostTicks = 900;

export interface LiveState {
  ticks: LiveTick[];
  phases: { phase: string; atMs: number; stage?: number }[];
  /** Target and id of the current run: some kinds have several. */
  part: string;
  /** Latest line about preparations. */
  said: string;
  state: string;
  error: string | null;
  dropped: number;
  isConnected: boolean;
  /**
   * Since when the service has not responded, Unix time in milliseconds; null while it does, and before its first
   * response.
   */
  lostAtMs: number | null;
}

const nothing: LiveState = {
  ticks: [],
  phases: [],
  part: "",
  said: "",
  state: "",
  error: null,
  dropped: 0,
  isConnected: false,
  lostAtMs: null,
};

/** Retry interval for cases in which the browser does not reconnect on its own, milliseconds. */
const retryMs = 2000;

/** Follows a run until `close` is called or it ends. `changed` is called when the run's record should be read again. */
export function followRun(id: string, changed: () => void) {
  const live = signal<LiveState>(nothing);
  let pending: LiveTick[] = [];
  let frame = 0;
  // Batched, so that a replay of 900 ticks causes a single change.
  const flush = () => {
    frame = 0;
    live.value = { ...live.value, ticks: [...live.value.ticks, ...pending].slice(-mostTicks) };
    pending = [];
  };
  let source: EventSource;
  let retry = 0;
  const connect = () => {
    source = new EventSource(`/runs/${id}/live`);
    const isAgain = live.value.lostAtMs !== null;
    source.addEventListener("open", () => {
      // A new stream is sent everything again.
      if (isAgain && retry !== 0) live.value = { ...nothing, state: live.value.state };
      retry = 0;
      live.value = { ...live.value, isConnected: true, lostAtMs: null };
    });
    source.addEventListener("error", lost);
    listen(source);
  };
  const lost = () => {
    live.value = { ...live.value, isConnected: false, lostAtMs: live.value.lostAtMs ?? Date.now() };
    changed();
    if (source.readyState === EventSource.CLOSED) retry = window.setTimeout(connect, retryMs);
  };
  const listen = (from: EventSource) => {
    const on = <T>(event: string, take: (data: T) => void) =>
      from.addEventListener(event, (message) => take(JSON.parse((message as MessageEvent<string>).data) as T));
    on<LiveTick>("tick", (tick) => {
      pending.push(tick);
      if (frame === 0) frame = window.setTimeout(flush, 50);
    });
    on<{ run: string; target: string }>("run", ({ run, target }) => {
      pending = [];
      live.value = { ...live.value, ticks: [], phases: [], part: `${target}: ${run}` };
      changed();
    });
    on<LiveState["phases"][number]>("phase", (phase) => {
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
      close();
      flush();
      live.value = { ...live.value, state, error: error?.text ?? null };
      changed();
    });
  };
  const close = () => {
    source.close();
    clearTimeout(frame);
    clearTimeout(retry);
  };
  connect();
  return { live, close };
}
